using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks for the configuration of topics or brokers. Source: DescribeConfigs (key 32), versions 0 to 2.</summary>
public sealed record DescribeConfigsRequest : Request<DescribeConfigsResponse>
{
    public override ApiKey Key => ApiKey.DescribeConfigs;

    public IReadOnlyList<DescribeConfigsResource> Resources { get; set; } = [];

    public bool IncludeSynonyms { get; set; }

    public override void Describe(Wire wire)
    {
        Resources = wire.Array(Resources);
        IncludeSynonyms = wire.Bool(IncludeSynonyms, since: 1);
    }
}

/// <summary>A topic or broker to describe.</summary>
public sealed record DescribeConfigsResource : WireStruct
{
    public ConfigResourceType ResourceType { get; set; }

    public string ResourceName { get; set; } = "";

    /// <summary>Null: all.</summary>
    public IReadOnlyList<string>? ConfigurationKeys { get; set; }

    public override void Describe(Wire wire)
    {
        ResourceType = (ConfigResourceType)wire.Int8((sbyte)ResourceType);
        ResourceName = wire.String(ResourceName);
        ConfigurationKeys = wire.NullableStringArray(ConfigurationKeys);
    }
}

/// <summary>What has a configuration.</summary>
public enum ConfigResourceType : sbyte
{
    Unknown = 0,
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
}

/// <summary>Where a configuration value comes from.</summary>
public enum ConfigSource : sbyte
{
    Unknown = -1,
    DynamicTopic = 1,
    DynamicBroker = 2,
    DynamicDefaultBroker = 3,
    StaticBroker = 4,
    Default = 5,
    DynamicBrokerLogger = 6,
}

/// <summary>Answers <see cref="DescribeConfigsRequest"/>.</summary>
public sealed record DescribeConfigsResponse : Response
{
    public IReadOnlyList<DescribedConfigResource> Resources { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        Resources = wire.Array(Resources);
    }
}

/// <summary>The configuration of a topic or broker.</summary>
public sealed record DescribedConfigResource : WireStruct
{
    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public ConfigResourceType ResourceType { get; set; }

    public string ResourceName { get; set; } = "";

    public IReadOnlyList<DescribedConfig> Configs { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
        ResourceType = (ConfigResourceType)wire.Int8((sbyte)ResourceType);
        ResourceName = wire.String(ResourceName);
        Configs = wire.Array(Configs);
    }
}

/// <summary>A configuration entry.</summary>
public sealed record DescribedConfig : WireStruct
{
    public string Name { get; set; } = "";

    public string? Value { get; set; }

    public bool ReadOnly { get; set; }

    public bool IsDefault { get; set; }

    public ConfigSource Source { get; set; } = ConfigSource.Unknown;

    public bool IsSensitive { get; set; }

    /// <summary>Every place that gives it a value, the one that counts first.</summary>
    public IReadOnlyList<ConfigSynonym> Synonyms { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        Value = wire.NullableString(Value);
        ReadOnly = wire.Bool(ReadOnly);
        IsDefault = wire.Bool(IsDefault, until: 0);
        Source = (ConfigSource)wire.Int8((sbyte)Source, since: 1);
        IsSensitive = wire.Bool(IsSensitive);
        Synonyms = wire.Array(Synonyms, since: 1);
    }
}

/// <summary>A value that one place gives to a configuration entry.</summary>
public sealed record ConfigSynonym : WireStruct
{
    public string Name { get; set; } = "";

    public string? Value { get; set; }

    public ConfigSource Source { get; set; } = ConfigSource.Unknown;

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        Value = wire.NullableString(Value);
        Source = (ConfigSource)wire.Int8((sbyte)Source);
    }
}
