using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks for quotas of users and clients. Source: DescribeClientQuotas (key 48), versions 0 to 1.</summary>
public sealed record DescribeClientQuotasRequest : Request<DescribeClientQuotasResponse>
{
    public override ApiKey Key => ApiKey.DescribeClientQuotas;

    /// <summary>What an entity has to be made of; none: all entities.</summary>
    public IReadOnlyList<QuotaFilter> Components { get; set; } = [];

    /// <summary>Whether entities that are made of more are left out.</summary>
    public bool Strict { get; set; }

    public override void Describe(Wire wire)
    {
        Components = wire.Array(Components);
        Strict = wire.Bool(Strict);
    }
}

/// <summary>What one part of an entity has to be.</summary>
public sealed record QuotaFilter : WireStruct
{
    /// <summary>"user", "client-id" or "ip".</summary>
    public string EntityType { get; set; } = "";

    public QuotaMatch MatchType { get; set; }

    /// <summary>The name for <see cref="QuotaMatch.Exact"/>; else null.</summary>
    public string? Match { get; set; }

    public override void Describe(Wire wire)
    {
        EntityType = wire.String(EntityType);
        MatchType = (QuotaMatch)wire.Int8((sbyte)MatchType);
        Match = wire.NullableString(Match);
    }
}

/// <summary>How a part of an entity is meant. The values are the wire's.</summary>
public enum QuotaMatch : sbyte
{
    /// <summary>The name itself.</summary>
    Exact = 0,

    /// <summary>The default for names without quotas of their own.</summary>
    Default = 1,

    /// <summary>Any name.</summary>
    Specified = 2,
}

/// <summary>Answers <see cref="DescribeClientQuotasRequest"/>.</summary>
public sealed record DescribeClientQuotasResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public IReadOnlyList<DescribedQuota>? Entries { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
        Entries = wire.NullableArray(Entries);
    }
}

/// <summary>An entity with its quotas.</summary>
public sealed record DescribedQuota : WireStruct
{
    public IReadOnlyList<QuotaEntity> Entity { get; set; } = [];

    public IReadOnlyList<QuotaValue> Values { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Entity = wire.Array(Entity);
        Values = wire.Array(Values);
    }
}

/// <summary>A part of what a quota is for.</summary>
public sealed record QuotaEntity : WireStruct
{
    /// <summary>"user", "client-id" or "ip".</summary>
    public string EntityType { get; set; } = "";

    /// <summary>Null: the default of the type.</summary>
    public string? EntityName { get; set; }

    public override void Describe(Wire wire)
    {
        EntityType = wire.String(EntityType);
        EntityName = wire.NullableString(EntityName);
    }
}

/// <summary>A quota.</summary>
public sealed record QuotaValue : WireStruct
{
    /// <summary>Such as "producer_byte_rate" or "consumer_byte_rate", in bytes per second.</summary>
    public string Key { get; set; } = "";

    public double Value { get; set; }

    public override void Describe(Wire wire)
    {
        Key = wire.String(Key);
        Value = wire.Float64(Value);
    }
}
