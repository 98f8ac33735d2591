using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Takes members out of a group. Source: LeaveGroup (key 13), versions 0 to 4.</summary>
public sealed record LeaveGroupRequest : Request<LeaveGroupResponse>
{
    public override ApiKey Key => ApiKey.LeaveGroup;

    public string GroupId { get; set; } = "";

    public string MemberId { get; set; } = "";

    public IReadOnlyList<LeavingMember> Members { get; set; } = [];

    public override void Describe(Wire wire)
    {
        GroupId = wire.String(GroupId);
        MemberId = wire.String(MemberId, until: 2);
        Members = wire.Array(Members, since: 3);
    }
}

/// <summary>A member that leaves.</summary>
public sealed record LeavingMember : WireStruct
{
    public string MemberId { get; set; } = "";

    /// <summary>The name of a static member; null for a dynamic one.</summary>
    public string? GroupInstanceId { get; set; }

    public override void Describe(Wire wire)
    {
        MemberId = wire.String(MemberId);
        GroupInstanceId = wire.NullableString(GroupInstanceId);
    }
}

/// <summary>Answers <see cref="LeaveGroupRequest"/>.</summary>
public sealed record LeaveGroupResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public IReadOnlyList<LeftMember> Members { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 1);
        ErrorCode = wire.Error(ErrorCode);
        Members = wire.Array(Members, since: 3);
    }
}

/// <summary>Whether a member left.</summary>
public sealed record LeftMember : WireStruct
{
    public string MemberId { get; set; } = "";

    /// <summary>The name of a static member; null for a dynamic one.</summary>
    public string? GroupInstanceId { get; set; }

    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        MemberId = wire.String(MemberId);
        GroupInstanceId = wire.NullableString(GroupInstanceId);
        ErrorCode = wire.Error(ErrorCode);
    }
}
