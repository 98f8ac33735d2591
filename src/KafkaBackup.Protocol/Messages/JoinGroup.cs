using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Joins a group; answered when its members are known. Source: JoinGroup (key 11), versions 0 to 6.</summary>
public sealed record JoinGroupRequest : Request<JoinGroupResponse>
{
    public override ApiKey Key => ApiKey.JoinGroup;

    public string GroupId { get; set; } = "";

    /// <summary>Without a heartbeat for so many milliseconds a member is dead.</summary>
    public int SessionTimeoutMs { get; set; }

    /// <summary>How many milliseconds the others are waited for; -1: the session time-out.</summary>
    public int RebalanceTimeoutMs { get; set; } = -1;

    /// <summary>Empty at first; the coordinator gives it.</summary>
    public string MemberId { get; set; } = "";

    /// <summary>The name of a static member; null for a dynamic one.</summary>
    public string? GroupInstanceId { get; set; }

    /// <summary>"consumer" for consumers.</summary>
    public string ProtocolType { get; set; } = "";

    /// <summary>In the member's order of preference.</summary>
    public IReadOnlyList<GroupProtocol> Protocols { get; set; } = [];

    public override void Describe(Wire wire)
    {
        GroupId = wire.String(GroupId);
        SessionTimeoutMs = wire.Int32(SessionTimeoutMs);
        RebalanceTimeoutMs = wire.Int32(RebalanceTimeoutMs, since: 1);
        MemberId = wire.String(MemberId);
        GroupInstanceId = wire.NullableString(GroupInstanceId, since: 5);
        ProtocolType = wire.String(ProtocolType);
        Protocols = wire.Array(Protocols);
    }
}

/// <summary>A way of sharing out that a member supports.</summary>
public sealed record GroupProtocol : WireStruct
{
    public string Name { get; set; } = "";

    /// <summary>What the leader needs to know; for consumers, the subscription.</summary>
    public ReadOnlyMemory<byte> Metadata { get; set; }

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        Metadata = wire.Bytes(Metadata);
    }
}

/// <summary>Answers <see cref="JoinGroupRequest"/>.</summary>
public sealed record JoinGroupResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public int GenerationId { get; set; } = -1;

    public string ProtocolName { get; set; } = "";

    /// <summary>The member that shares out.</summary>
    public string Leader { get; set; } = "";

    public string MemberId { get; set; } = "";

    /// <summary>Filled in for the leader only.</summary>
    public IReadOnlyList<JoinedMember> Members { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 2);
        ErrorCode = wire.Error(ErrorCode);
        GenerationId = wire.Int32(GenerationId);
        ProtocolName = wire.String(ProtocolName);
        Leader = wire.String(Leader);
        MemberId = wire.String(MemberId);
        Members = wire.Array(Members);
    }
}

/// <summary>A member, as the leader sees it.</summary>
public sealed record JoinedMember : WireStruct
{
    public string MemberId { get; set; } = "";

    /// <summary>The name of a static member; null for a dynamic one.</summary>
    public string? GroupInstanceId { get; set; }

    public ReadOnlyMemory<byte> Metadata { get; set; }

    public override void Describe(Wire wire)
    {
        MemberId = wire.String(MemberId);
        GroupInstanceId = wire.NullableString(GroupInstanceId, since: 5);
        Metadata = wire.Bytes(Metadata);
    }
}
