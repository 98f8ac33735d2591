using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Deletes access control entries. Source: DeleteAcls (key 31), versions 0 to 1.</summary>
public sealed record DeleteAclsRequest : Request<DeleteAclsResponse>
{
    public override ApiKey Key => ApiKey.DeleteAcls;

    public IReadOnlyList<AclFilter> Filters { get; set; } = [];

    public override void Describe(Wire wire) => Filters = wire.Array(Filters);
}

/// <summary>Answers <see cref="DeleteAclsRequest"/>.</summary>
public sealed record DeleteAclsResponse : Response
{
    /// <summary>One for each filter, in their order.</summary>
    public IReadOnlyList<DeletedAcls> FilterResults { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        FilterResults = wire.Array(FilterResults);
    }
}

/// <summary>What a filter deleted.</summary>
public sealed record DeletedAcls : WireStruct
{
    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public IReadOnlyList<DeletedAcl> MatchingAcls { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
        MatchingAcls = wire.Array(MatchingAcls);
    }
}

/// <summary>An entry that a filter met, and whether it was deleted.</summary>
public sealed record DeletedAcl : WireStruct
{
    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public Acl Acl { get; set; } = new();

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
        // The entry's fields follow as this structure's own.
        Acl.Describe(wire);
    }
}
