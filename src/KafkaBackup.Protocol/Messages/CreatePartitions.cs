using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Adds partitions to topics. Source: CreatePartitions (key 37), versions 0 to 1.</summary>
public sealed record CreatePartitionsRequest : Request<CreatePartitionsResponse>
{
    public override ApiKey Key => ApiKey.CreatePartitions;

    public IReadOnlyList<CreatePartitionsTopic> Topics { get; set; } = [];

    public int TimeoutMs { get; set; }

    public bool ValidateOnly { get; set; }

    public override void Describe(Wire wire)
    {
        Topics = wire.Array(Topics);
        TimeoutMs = wire.Int32(TimeoutMs);
        ValidateOnly = wire.Bool(ValidateOnly);
    }
}

/// <summary>A topic to add partitions to.</summary>
public sealed record CreatePartitionsTopic : WireStruct
{
    public string Topic { get; set; } = "";

    /// <summary>How many it shall have, the old ones among them.</summary>
    public int Count { get; set; }

    /// <summary>Null: the broker chooses.</summary>
    public IReadOnlyList<NewPartitionAssignment>? Assignments { get; set; }

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Count = wire.Int32(Count);
        Assignments = wire.NullableArray(Assignments);
    }
}

/// <summary>The brokers of a partition to add.</summary>
public sealed record NewPartitionAssignment : WireStruct
{
    public IReadOnlyList<int> BrokerIds { get; set; } = [];

    public override void Describe(Wire wire) => BrokerIds = wire.Int32Array(BrokerIds);
}

/// <summary>Answers <see cref="CreatePartitionsRequest"/>.</summary>
public sealed record CreatePartitionsResponse : Response
{
    public IReadOnlyList<CreatedPartitions> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        Topics = wire.Array(Topics);
    }
}

/// <summary>Whether a topic got its partitions.</summary>
public sealed record CreatedPartitions : WireStruct
{
    public string Topic { get; set; } = "";

    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
    }
}
