using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Replaces the whole configuration of topics or brokers. Source: AlterConfigs (key 33), versions 0 to 1.</summary>
public sealed record AlterConfigsRequest : Request<AlterConfigsResponse>
{
    public override ApiKey Key => ApiKey.AlterConfigs;

    public IReadOnlyList<AlterConfigsResource> Resources { get; set; } = [];

    public bool ValidateOnly { get; set; }

    public override void Describe(Wire wire)
    {
        Resources = wire.Array(Resources);
        ValidateOnly = wire.Bool(ValidateOnly);
    }
}

/// <summary>The new configuration of a topic or broker: what is not named goes back to its default.</summary>
public sealed record AlterConfigsResource : WireStruct
{
    public ConfigResourceType ResourceType { get; set; }

    public string ResourceName { get; set; } = "";

    public IReadOnlyList<AlteredConfig> Configs { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ResourceType = (ConfigResourceType)wire.Int8((sbyte)ResourceType);
        ResourceName = wire.String(ResourceName);
        Configs = wire.Array(Configs);
    }
}

/// <summary>A configuration entry to set.</summary>
public sealed record AlteredConfig : WireStruct
{
    public string Name { get; set; } = "";

    public string? Value { get; set; }

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        Value = wire.NullableString(Value);
    }
}

/// <summary>Answers <see cref="AlterConfigsRequest"/>.</summary>
public sealed record AlterConfigsResponse : Response
{
    public IReadOnlyList<AlteredConfigResource> Resources { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        Resources = wire.Array(Resources);
    }
}

/// <summary>Whether a configuration was changed.</summary>
public sealed record AlteredConfigResource : WireStruct
{
    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public ConfigResourceType ResourceType { get; set; }

    public string ResourceName { get; set; } = "";

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
        ResourceType = (ConfigResourceType)wire.Int8((sbyte)ResourceType);
        ResourceName = wire.String(ResourceName);
    }
}
