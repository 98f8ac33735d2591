using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks which partitions are moving to other brokers. Source: ListPartitionReassignments (key 46), version 0.</summary>
public sealed record ListPartitionReassignmentsRequest : Request<ListPartitionReassignmentsResponse>
{
    public override ApiKey Key => ApiKey.ListPartitionReassignments;

    public int TimeoutMs { get; set; } = 60_000;

    /// <summary>Null: all.</summary>
    public IReadOnlyList<ListReassignmentsTopic>? Topics { get; set; }

    public override void Describe(Wire wire)
    {
        TimeoutMs = wire.Int32(TimeoutMs);
        Topics = wire.NullableArray(Topics);
    }
}

/// <summary>Partitions of a topic.</summary>
public sealed record ListReassignmentsTopic : WireStruct
{
    public string Name { get; set; } = "";

    public IReadOnlyList<int> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        Partitions = wire.Int32Array(Partitions);
    }
}

/// <summary>Answers <see cref="ListPartitionReassignmentsRequest"/>.</summary>
public sealed record ListPartitionReassignmentsResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public IReadOnlyList<ReassignedTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic with partitions that are moving.</summary>
public sealed record ReassignedTopic : WireStruct
{
    public string Name { get; set; } = "";

    public IReadOnlyList<ReassignedPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition that is moving.</summary>
public sealed record ReassignedPartition : WireStruct
{
    public int Partition { get; set; }

    public IReadOnlyList<int> Replicas { get; set; } = [];

    public IReadOnlyList<int> AddingReplicas { get; set; } = [];

    public IReadOnlyList<int> RemovingReplicas { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        Replicas = wire.Int32Array(Replicas);
        AddingReplicas = wire.Int32Array(AddingReplicas);
        RemovingReplicas = wire.Int32Array(RemovingReplicas);
    }
}
