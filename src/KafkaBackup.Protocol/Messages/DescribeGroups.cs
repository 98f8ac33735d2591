using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks for the state and members of groups. Source: DescribeGroups (key 15), versions 0 to 5.</summary>
public sealed record DescribeGroupsRequest : Request<DescribeGroupsResponse>
{
    public override ApiKey Key => ApiKey.DescribeGroups;

    public IReadOnlyList<string> Groups { get; set; } = [];

    public bool IncludeAuthorizedOperations { get; set; }

    public override void Describe(Wire wire)
    {
        Groups = wire.StringArray(Groups);
        IncludeAuthorizedOperations = wire.Bool(IncludeAuthorizedOperations, since: 3);
    }
}

/// <summary>Answers <see cref="DescribeGroupsRequest"/>.</summary>
public sealed record DescribeGroupsResponse : Response
{
    public IReadOnlyList<DescribedGroup> Groups { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 1);
        Groups = wire.Array(Groups);
    }
}

/// <summary>A group.</summary>
public sealed record DescribedGroup : WireStruct
{
    public ErrorCode ErrorCode { get; set; }

    public string GroupId { get; set; } = "";

    /// <summary>Dead, Empty, PreparingRebalance, CompletingRebalance or Stable.</summary>
    public string State { get; set; } = "";

    public string ProtocolType { get; set; } = "";

    /// <summary>Filled in for a stable group.</summary>
    public string Protocol { get; set; } = "";

    public IReadOnlyList<DescribedMember> Members { get; set; } = [];

    /// <summary>A set of bits; <see cref="int.MinValue"/> where not asked for.</summary>
    public int AuthorizedOperations { get; set; } = int.MinValue;

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        GroupId = wire.String(GroupId);
        State = wire.String(State);
        ProtocolType = wire.String(ProtocolType);
        Protocol = wire.String(Protocol);
        Members = wire.Array(Members);
        AuthorizedOperations = wire.Int32(AuthorizedOperations, since: 3);
    }
}

/// <summary>A member of a group.</summary>
public sealed record DescribedMember : WireStruct
{
    public string MemberId { get; set; } = "";

    /// <summary>The name of a static member; null for a dynamic one.</summary>
    public string? GroupInstanceId { get; set; }

    public string ClientId { get; set; } = "";

    public string ClientHost { get; set; } = "";

    public ReadOnlyMemory<byte> Metadata { get; set; }

    public ReadOnlyMemory<byte> Assignment { get; set; }

    public override void Describe(Wire wire)
    {
        MemberId = wire.String(MemberId);
        GroupInstanceId = wire.NullableString(GroupInstanceId, since: 4);
        ClientId = wire.String(ClientId);
        ClientHost = wire.String(ClientHost);
        Metadata = wire.Bytes(Metadata);
        Assignment = wire.Bytes(Assignment);
    }
}
