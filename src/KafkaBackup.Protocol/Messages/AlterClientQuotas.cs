using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Sets and removes quotas of users and clients. Source: AlterClientQuotas (key 49), versions 0 to 1.</summary>
public sealed record AlterClientQuotasRequest : Request<AlterClientQuotasResponse>
{
    public override ApiKey Key => ApiKey.AlterClientQuotas;

    public IReadOnlyList<AlterQuota> Entries { get; set; } = [];

    public bool ValidateOnly { get; set; }

    public override void Describe(Wire wire)
    {
        Entries = wire.Array(Entries);
        ValidateOnly = wire.Bool(ValidateOnly);
    }
}

/// <summary>An entity with what changes for it.</summary>
public sealed record AlterQuota : WireStruct
{
    public IReadOnlyList<QuotaEntity> Entity { get; set; } = [];

    public IReadOnlyList<QuotaChange> Changes { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Entity = wire.Array(Entity);
        Changes = wire.Array(Changes);
    }
}

/// <summary>A quota to set or to remove.</summary>
public sealed record QuotaChange : WireStruct
{
    /// <summary>Such as "producer_byte_rate" or "consumer_byte_rate", in bytes per second.</summary>
    public string Key { get; set; } = "";

    public double Value { get; set; }

    public bool Remove { get; set; }

    public override void Describe(Wire wire)
    {
        Key = wire.String(Key);
        Value = wire.Float64(Value);
        Remove = wire.Bool(Remove);
    }
}

/// <summary>Answers <see cref="AlterClientQuotasRequest"/>.</summary>
public sealed record AlterClientQuotasResponse : Response
{
    public IReadOnlyList<AlteredQuota> Entries { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        Entries = wire.Array(Entries);
    }
}

/// <summary>Whether an entity's quotas were changed.</summary>
public sealed record AlteredQuota : WireStruct
{
    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public IReadOnlyList<QuotaEntity> Entity { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
        Entity = wire.Array(Entity);
    }
}
