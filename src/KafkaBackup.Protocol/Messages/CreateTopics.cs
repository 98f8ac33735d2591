using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Creates topics. Source: CreateTopics (key 19), versions 0 to 5.</summary>
public sealed record CreateTopicsRequest : Request<CreateTopicsResponse>
{
    public override ApiKey Key => ApiKey.CreateTopics;

    public IReadOnlyList<NewTopic> Topics { get; set; } = [];

    public int TimeoutMs { get; set; } = 60000;

    public bool ValidateOnly { get; set; }

    public override void Describe(Wire wire)
    {
        Topics = wire.Array(Topics);
        TimeoutMs = wire.Int32(TimeoutMs);
        ValidateOnly = wire.Bool(ValidateOnly, since: 1);
    }
}

/// <summary>A topic to create.</summary>
public sealed record NewTopic : WireStruct
{
    public string Name { get; set; } = "";

    /// <summary>-1: the broker's default, or given by <see cref="Assignments"/>.</summary>
    public int NumPartitions { get; set; } = -1;

    /// <summary>-1: the broker's default, or given by <see cref="Assignments"/>.</summary>
    public short ReplicationFactor { get; set; } = -1;

    public IReadOnlyList<NewReplicaAssignment> Assignments { get; set; } = [];

    public IReadOnlyList<NewTopicConfig> Configs { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        NumPartitions = wire.Int32(NumPartitions);
        ReplicationFactor = wire.Int16(ReplicationFactor);
        Assignments = wire.Array(Assignments);
        Configs = wire.Array(Configs);
    }
}

/// <summary>The brokers of a partition to create.</summary>
public sealed record NewReplicaAssignment : WireStruct
{
    public int Partition { get; set; }

    public IReadOnlyList<int> BrokerIds { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        BrokerIds = wire.Int32Array(BrokerIds);
    }
}

/// <summary>A configuration entry of a topic to create.</summary>
public sealed record NewTopicConfig : WireStruct
{
    public string Name { get; set; } = "";

    public string? Value { get; set; }

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        Value = wire.NullableString(Value);
    }
}

/// <summary>Answers <see cref="CreateTopicsRequest"/>.</summary>
public sealed record CreateTopicsResponse : Response
{
    public IReadOnlyList<CreatedTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 2);
        Topics = wire.Array(Topics);
    }
}

/// <summary>Whether a topic was created.</summary>
public sealed record CreatedTopic : WireStruct
{
    public string Name { get; set; } = "";

    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public int NumPartitions { get; set; } = -1;

    public short ReplicationFactor { get; set; } = -1;

    public IReadOnlyList<CreatedTopicConfig>? Configs { get; set; }

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage, since: 1);
        NumPartitions = wire.Int32(NumPartitions, since: 5);
        ReplicationFactor = wire.Int16(ReplicationFactor, since: 5);
        Configs = wire.NullableArray(Configs, since: 5);
    }
}

/// <summary>A configuration entry that a created topic has.</summary>
public sealed record CreatedTopicConfig : WireStruct
{
    public string Name { get; set; } = "";

    public string? Value { get; set; }

    public bool ReadOnly { get; set; }

    public ConfigSource Source { get; set; } = ConfigSource.Unknown;

    public bool IsSensitive { get; set; }

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        Value = wire.NullableString(Value);
        ReadOnly = wire.Bool(ReadOnly);
        Source = (ConfigSource)wire.Int8((sbyte)Source);
        IsSensitive = wire.Bool(IsSensitive);
    }
}
