using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks for access control entries. Source: DescribeAcls (key 29), versions 0 to 1.</summary>
public sealed record DescribeAclsRequest : Request<DescribeAclsResponse>
{
    public override ApiKey Key => ApiKey.DescribeAcls;

    public AclFilter Filter { get; set; } = new();

    // The filter's fields are the request's own: no structure of their own on the wire.
    public override void Describe(Wire wire) => Filter.Describe(wire);
}

/// <summary>Answers <see cref="DescribeAclsRequest"/>.</summary>
public sealed record DescribeAclsResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public IReadOnlyList<DescribedAclResource> Resources { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
        Resources = wire.Array(Resources);
    }
}

/// <summary>A resource, or a pattern of them, with its entries.</summary>
public sealed record DescribedAclResource : WireStruct
{
    public AclResourceType ResourceType { get; set; }

    public string ResourceName { get; set; } = "";

    public AclPatternType PatternType { get; set; } = AclPatternType.Literal;

    public IReadOnlyList<DescribedAcl> Acls { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ResourceType = (AclResourceType)wire.Int8((sbyte)ResourceType);
        ResourceName = wire.String(ResourceName);
        PatternType = (AclPatternType)wire.Int8((sbyte)PatternType, since: 1);
        Acls = wire.Array(Acls);
    }
}

/// <summary>An entry of a resource.</summary>
public sealed record DescribedAcl : WireStruct
{
    public string Principal { get; set; } = "";

    public string Host { get; set; } = "";

    public AclOperation Operation { get; set; }

    public AclPermission Permission { get; set; }

    public override void Describe(Wire wire)
    {
        Principal = wire.String(Principal);
        Host = wire.String(Host);
        Operation = (AclOperation)wire.Int8((sbyte)Operation);
        Permission = (AclPermission)wire.Int8((sbyte)Permission);
    }
}
