using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>The body of a request.</summary>
public abstract record Request : WireStruct
{
    /// <summary>Which request it is.</summary>
    public abstract ApiKey Key { get; }
}

/// <summary>The body of a response.</summary>
public abstract record Response : WireStruct
{
    /// <summary>
    /// How long the client is to send nothing more over this connection, because it is above a quota, in milliseconds; 0 where it is below,
    /// and in versions and responses that say nothing of it.
    /// </summary>
    public int ThrottleTimeMs { get; set; }
}

/// <summary>The body of a request, with the type of the response that answers it.</summary>
public abstract record Request<TResponse> : Request
    where TResponse : Response, new();
