using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>The body of a request.</summary>
public abstract record Request : WireStruct
{
    /// <summary>Which request it is.</summary>
    public abstract ApiKey Key { get; }
}

/// <summary>The body of a response.</summary>
public abstract record Response : WireStruct;

/// <summary>The body of a request, with the type of the response that answers it.</summary>
public abstract record Request<TResponse> : Request
    where TResponse : Response, new();
