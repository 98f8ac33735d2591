using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Says that a member lives. Source: Heartbeat (key 12), versions 0 to 4.</summary>
public sealed record HeartbeatRequest : Request<HeartbeatResponse>
{
    public override ApiKey Key => ApiKey.Heartbeat;

    public string GroupId { get; set; } = "";

    public int GenerationId { get; set; }

    public string MemberId { get; set; } = "";

    /// <summary>The name of a static member; null for a dynamic one.</summary>
    public string? GroupInstanceId { get; set; }

    public override void Describe(Wire wire)
    {
        GroupId = wire.String(GroupId);
        GenerationId = wire.Int32(GenerationId);
        MemberId = wire.String(MemberId);
        GroupInstanceId = wire.NullableString(GroupInstanceId, since: 3);
    }
}

/// <summary>Answers <see cref="HeartbeatRequest"/>.</summary>
public sealed record HeartbeatResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 1);
        ErrorCode = wire.Error(ErrorCode);
    }
}
