using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Brings or asks for a generation's assignment. Source: SyncGroup (key 14), versions 0 to 4.</summary>
public sealed record SyncGroupRequest : Request<SyncGroupResponse>
{
    public override ApiKey Key => ApiKey.SyncGroup;

    public string GroupId { get; set; } = "";

    public int GenerationId { get; set; }

    public string MemberId { get; set; } = "";

    /// <summary>The name of a static member; null for a dynamic one.</summary>
    public string? GroupInstanceId { get; set; }

    /// <summary>From the leader; empty from the others.</summary>
    public IReadOnlyList<MemberAssignment> Assignments { get; set; } = [];

    public override void Describe(Wire wire)
    {
        GroupId = wire.String(GroupId);
        GenerationId = wire.Int32(GenerationId);
        MemberId = wire.String(MemberId);
        GroupInstanceId = wire.NullableString(GroupInstanceId, since: 3);
        Assignments = wire.Array(Assignments);
    }
}

/// <summary>What the leader gives to a member.</summary>
public sealed record MemberAssignment : WireStruct
{
    public string MemberId { get; set; } = "";

    public ReadOnlyMemory<byte> Assignment { get; set; }

    public override void Describe(Wire wire)
    {
        MemberId = wire.String(MemberId);
        Assignment = wire.Bytes(Assignment);
    }
}

/// <summary>Answers <see cref="SyncGroupRequest"/>.</summary>
public sealed record SyncGroupResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public ReadOnlyMemory<byte> Assignment { get; set; }

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 1);
        ErrorCode = wire.Error(ErrorCode);
        Assignment = wire.Bytes(Assignment);
    }
}
