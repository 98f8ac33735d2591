using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks for the groups that a broker coordinates. Source: ListGroups (key 16), versions 0 to 3.</summary>
public sealed record ListGroupsRequest : Request<ListGroupsResponse>
{
    public override ApiKey Key => ApiKey.ListGroups;

    public override void Describe(Wire wire)
    {
    }
}

/// <summary>Answers <see cref="ListGroupsRequest"/>.</summary>
public sealed record ListGroupsResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public IReadOnlyList<ListedGroup> Groups { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 1);
        ErrorCode = wire.Error(ErrorCode);
        Groups = wire.Array(Groups);
    }
}

/// <summary>A group.</summary>
public sealed record ListedGroup : WireStruct
{
    public string GroupId { get; set; } = "";

    /// <summary>"consumer" for consumers; empty where offsets were committed without membership.</summary>
    public string ProtocolType { get; set; } = "";

    public override void Describe(Wire wire)
    {
        GroupId = wire.String(GroupId);
        ProtocolType = wire.String(ProtocolType);
    }
}
