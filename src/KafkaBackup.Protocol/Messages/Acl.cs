using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>What an access control entry is about. The values are the wire's.</summary>
public enum AclResourceType : sbyte
{
    Unknown = 0,
    Any = 1,
    Topic = 2,
    Group = 3,
    Cluster = 4,
    TransactionalId = 5,
    DelegationToken = 6,

    /// <summary>Since Kafka 3.0, in requests of version 3 only.</summary>
    User = 7,
}

/// <summary>How an entry's resource name is meant. The values are the wire's.</summary>
public enum AclPatternType : sbyte
{
    Unknown = 0,

    /// <summary>In filters: every pattern, by its name as it stands.</summary>
    Any = 1,

    /// <summary>In filters: every pattern that holds for a resource of the name.</summary>
    Match = 2,

    /// <summary>The name itself; "*" is every name.</summary>
    Literal = 3,

    /// <summary>Every name that begins so.</summary>
    Prefixed = 4,
}

/// <summary>What an entry allows or denies. The values are the wire's.</summary>
public enum AclOperation : sbyte
{
    Unknown = 0,
    Any = 1,
    All = 2,
    Read = 3,
    Write = 4,
    Create = 5,
    Delete = 6,
    Alter = 7,
    Describe = 8,
    ClusterAction = 9,
    DescribeConfigs = 10,
    AlterConfigs = 11,
    IdempotentWrite = 12,
    CreateTokens = 13,
    DescribeTokens = 14,
    TwoPhaseCommit = 15,
}

/// <summary>Whether an entry allows or denies. The values are the wire's.</summary>
public enum AclPermission : sbyte
{
    Unknown = 0,
    Any = 1,
    Deny = 2,
    Allow = 3,
}

/// <summary>An access control entry with the resource that it is about, as CreateAcls carries it.</summary>
public sealed record Acl : WireStruct
{
    public AclResourceType ResourceType { get; set; }

    public string ResourceName { get; set; } = "";

    public AclPatternType PatternType { get; set; } = AclPatternType.Literal;

    /// <summary>Such as "User:alice"; "User:*" is everybody.</summary>
    public string Principal { get; set; } = "";

    /// <summary>An address, or "*".</summary>
    public string Host { get; set; } = "";

    public AclOperation Operation { get; set; }

    public AclPermission Permission { get; set; }

    public override void Describe(Wire wire)
    {
        ResourceType = (AclResourceType)wire.Int8((sbyte)ResourceType);
        ResourceName = wire.String(ResourceName);
        PatternType = (AclPatternType)wire.Int8((sbyte)PatternType, since: 1);
        Principal = wire.String(Principal);
        Host = wire.String(Host);
        Operation = (AclOperation)wire.Int8((sbyte)Operation);
        Permission = (AclPermission)wire.Int8((sbyte)Permission);
    }
}

/// <summary>Which access control entries are meant; what is null or Any holds for all.</summary>
public sealed record AclFilter : WireStruct
{
    public AclResourceType ResourceType { get; set; } = AclResourceType.Any;

    public string? ResourceName { get; set; }

    public AclPatternType PatternType { get; set; } = AclPatternType.Literal;

    public string? Principal { get; set; }

    public string? Host { get; set; }

    public AclOperation Operation { get; set; } = AclOperation.Any;

    public AclPermission Permission { get; set; } = AclPermission.Any;

    public override void Describe(Wire wire)
    {
        ResourceType = (AclResourceType)wire.Int8((sbyte)ResourceType);
        ResourceName = wire.NullableString(ResourceName);
        PatternType = (AclPatternType)wire.Int8((sbyte)PatternType, since: 1);
        Principal = wire.NullableString(Principal);
        Host = wire.NullableString(Host);
        Operation = (AclOperation)wire.Int8((sbyte)Operation);
        Permission = (AclPermission)wire.Int8((sbyte)Permission);
    }
}
