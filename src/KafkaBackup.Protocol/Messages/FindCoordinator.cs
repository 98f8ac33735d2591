using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks which broker coordinates a group or a transactional id. Source: FindCoordinator (key 10), versions 0 to 3.</summary>
public sealed record FindCoordinatorRequest : Request<FindCoordinatorResponse>
{
    public override ApiKey Key => ApiKey.FindCoordinator;

    /// <summary>The group id or the transactional id.</summary>
    public string CoordinatorKey { get; set; } = "";

    public CoordinatorType KeyType { get; set; }

    public override void Describe(Wire wire)
    {
        CoordinatorKey = wire.String(CoordinatorKey);
        KeyType = (CoordinatorType)wire.Int8((sbyte)KeyType, since: 1);
    }
}

/// <summary>What a coordinator coordinates.</summary>
public enum CoordinatorType : sbyte
{
    Group = 0,
    Transaction = 1,
}

/// <summary>Answers <see cref="FindCoordinatorRequest"/>.</summary>
public sealed record FindCoordinatorResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public int NodeId { get; set; }

    public string Host { get; set; } = "";

    public int Port { get; set; }

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 1);
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage, since: 1);
        NodeId = wire.Int32(NodeId);
        Host = wire.String(Host);
        Port = wire.Int32(Port);
    }
}
