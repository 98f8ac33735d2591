using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Deletes groups that have no members. Source: DeleteGroups (key 42), versions 0 to 2.</summary>
public sealed record DeleteGroupsRequest : Request<DeleteGroupsResponse>
{
    public override ApiKey Key => ApiKey.DeleteGroups;

    public IReadOnlyList<string> Groups { get; set; } = [];

    public override void Describe(Wire wire) => Groups = wire.StringArray(Groups);
}

/// <summary>Answers <see cref="DeleteGroupsRequest"/>.</summary>
public sealed record DeleteGroupsResponse : Response
{
    public IReadOnlyList<DeletedGroup> Groups { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        Groups = wire.Array(Groups);
    }
}

/// <summary>Whether a group was deleted.</summary>
public sealed record DeletedGroup : WireStruct
{
    public string GroupId { get; set; } = "";

    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        GroupId = wire.String(GroupId);
        ErrorCode = wire.Error(ErrorCode);
    }
}
