using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>What stands before every request: version 1 of the request header, or version 2 where the message is flexible.</summary>
public sealed record RequestHeader : WireStruct
{
    /// <summary>Which API the body belongs to.</summary>
    public ApiKey Key { get; set; }

    /// <summary>The body's version.</summary>
    public short Version { get; set; }

    /// <summary>Comes back with the response.</summary>
    public int CorrelationId { get; set; }

    /// <summary>Who asks; for the broker's logs and quotas.</summary>
    public string? ClientId { get; set; }

    public override void Describe(Wire wire)
    {
        Key = (ApiKey)wire.Int16((short)Key);
        Version = wire.Int16(Version);
        CorrelationId = wire.Int32(CorrelationId);
        ClientId = wire.ClassicString(ClientId);
    }
}

/// <summary>What stands before every response: version 0 of the response header, or version 1 where the message is flexible.</summary>
public sealed record ResponseHeader : WireStruct
{
    /// <summary>That of the request which this answers.</summary>
    public int CorrelationId { get; set; }

    public override void Describe(Wire wire) => CorrelationId = wire.Int32(CorrelationId);
}
