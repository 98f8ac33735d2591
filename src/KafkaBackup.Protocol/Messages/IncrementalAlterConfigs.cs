using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Changes single entries of the configuration of topics or brokers. Source: IncrementalAlterConfigs (key 44), versions 0 to 1.</summary>
public sealed record IncrementalAlterConfigsRequest : Request<IncrementalAlterConfigsResponse>
{
    public override ApiKey Key => ApiKey.IncrementalAlterConfigs;

    public IReadOnlyList<IncrementalConfigsResource> Resources { get; set; } = [];

    public bool ValidateOnly { get; set; }

    public override void Describe(Wire wire)
    {
        Resources = wire.Array(Resources);
        ValidateOnly = wire.Bool(ValidateOnly);
    }
}

/// <summary>The changes to the configuration of a topic or broker.</summary>
public sealed record IncrementalConfigsResource : WireStruct
{
    public ConfigResourceType ResourceType { get; set; }

    public string ResourceName { get; set; } = "";

    public IReadOnlyList<IncrementalConfig> Configs { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ResourceType = (ConfigResourceType)wire.Int8((sbyte)ResourceType);
        ResourceName = wire.String(ResourceName);
        Configs = wire.Array(Configs);
    }
}

/// <summary>A change to a configuration entry.</summary>
public sealed record IncrementalConfig : WireStruct
{
    public string Name { get; set; } = "";

    public ConfigOperation Operation { get; set; }

    public string? Value { get; set; }

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        Operation = (ConfigOperation)wire.Int8((sbyte)Operation);
        Value = wire.NullableString(Value);
    }
}

/// <summary>What happens to a configuration entry.</summary>
public enum ConfigOperation : sbyte
{
    Set = 0,

    /// <summary>Back to the default.</summary>
    Delete = 1,

    /// <summary>Adds to a list.</summary>
    Append = 2,

    /// <summary>Takes out of a list.</summary>
    Subtract = 3,
}

/// <summary>Answers <see cref="IncrementalAlterConfigsRequest"/>.</summary>
public sealed record IncrementalAlterConfigsResponse : Response
{
    public IReadOnlyList<AlteredConfigResource> Resources { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        Resources = wire.Array(Resources);
    }
}
