using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Creates access control entries. Source: CreateAcls (key 30), versions 0 to 1.</summary>
public sealed record CreateAclsRequest : Request<CreateAclsResponse>
{
    public override ApiKey Key => ApiKey.CreateAcls;

    public IReadOnlyList<Acl> Creations { get; set; } = [];

    public override void Describe(Wire wire) => Creations = wire.Array(Creations);
}

/// <summary>Answers <see cref="CreateAclsRequest"/>.</summary>
public sealed record CreateAclsResponse : Response
{
    /// <summary>One for each creation, in their order.</summary>
    public IReadOnlyList<CreatedAcl> Results { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        Results = wire.Array(Results);
    }
}

/// <summary>Whether an entry was created.</summary>
public sealed record CreatedAcl : WireStruct
{
    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
    }
}
