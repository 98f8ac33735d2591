using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks for the brokers, and the partitions of topics. Source: Metadata (key 3), versions 0 to 12.</summary>
public sealed record MetadataRequest : Request<MetadataResponse>
{
    public override ApiKey Key => ApiKey.Metadata;

    /// <summary>Null: all topics. Empty: none, but all in version 0.</summary>
    public IReadOnlyList<MetadataTopic>? Topics { get; set; }

    public bool AllowAutoTopicCreation { get; set; } = true;

    public bool IncludeClusterAuthorizedOperations { get; set; }

    public bool IncludeTopicAuthorizedOperations { get; set; }

    public override void Describe(Wire wire)
    {
        Topics = wire.NullableArray(Topics);
        AllowAutoTopicCreation = wire.Bool(AllowAutoTopicCreation, since: 4);
        IncludeClusterAuthorizedOperations = wire.Bool(IncludeClusterAuthorizedOperations, since: 8, until: 10);
        IncludeTopicAuthorizedOperations = wire.Bool(IncludeTopicAuthorizedOperations, since: 8);
    }
}

/// <summary>A topic asked about.</summary>
public sealed record MetadataTopic : WireStruct
{
    /// <summary>The topic's id, to ask by id; else empty.</summary>
    public Guid TopicId { get; set; }

    /// <summary>Empty (null on the wire): asked by id.</summary>
    public string Name { get; set; } = "";

    public override void Describe(Wire wire)
    {
        TopicId = wire.Uuid(TopicId, since: 10);
        Name = wire.String(Name, until: 9);
        Name = wire.NullableString(Name.Length == 0 ? null : Name, since: 10) ?? "";
    }
}

/// <summary>Answers <see cref="MetadataRequest"/>.</summary>
public sealed record MetadataResponse : Response
{
    public IReadOnlyList<BrokerMetadata> Brokers { get; set; } = [];

    public string? ClusterId { get; set; }

    public int ControllerId { get; set; } = -1;

    public IReadOnlyList<TopicMetadata> Topics { get; set; } = [];

    /// <summary>A set of bits; <see cref="int.MinValue"/> where not asked for.</summary>
    public int ClusterAuthorizedOperations { get; set; } = int.MinValue;

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 3);
        Brokers = wire.Array(Brokers);
        ClusterId = wire.NullableString(ClusterId, since: 2);
        ControllerId = wire.Int32(ControllerId, since: 1);
        Topics = wire.Array(Topics);
        ClusterAuthorizedOperations = wire.Int32(ClusterAuthorizedOperations, since: 8, until: 10);
    }
}

/// <summary>A broker.</summary>
public sealed record BrokerMetadata : WireStruct
{
    public int NodeId { get; set; }

    public string Host { get; set; } = "";

    public int Port { get; set; }

    public string? Rack { get; set; }

    public override void Describe(Wire wire)
    {
        NodeId = wire.Int32(NodeId);
        Host = wire.String(Host);
        Port = wire.Int32(Port);
        Rack = wire.NullableString(Rack, since: 1);
    }
}

/// <summary>A topic.</summary>
public sealed record TopicMetadata : WireStruct
{
    public ErrorCode ErrorCode { get; set; }

    /// <summary>Empty (null on the wire): asked for by an id that there is not.</summary>
    public string Name { get; set; } = "";

    /// <summary>Another one for each life of a topic; empty where the version or the broker has none.</summary>
    public Guid TopicId { get; set; }

    /// <summary>Whether it is Kafka's own, such as __consumer_offsets.</summary>
    public bool IsInternal { get; set; }

    public IReadOnlyList<PartitionMetadata> Partitions { get; set; } = [];

    /// <summary>A set of bits; <see cref="int.MinValue"/> where not asked for.</summary>
    public int TopicAuthorizedOperations { get; set; } = int.MinValue;

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        Name = wire.String(Name, until: 11);
        Name = wire.NullableString(Name.Length == 0 ? null : Name, since: 12) ?? "";
        TopicId = wire.Uuid(TopicId, since: 10);
        IsInternal = wire.Bool(IsInternal, since: 1);
        Partitions = wire.Array(Partitions);
        TopicAuthorizedOperations = wire.Int32(TopicAuthorizedOperations, since: 8);
    }
}

/// <summary>A partition.</summary>
public sealed record PartitionMetadata : WireStruct
{
    public ErrorCode ErrorCode { get; set; }

    public int Partition { get; set; }

    /// <summary>-1: there is none.</summary>
    public int LeaderId { get; set; }

    public int LeaderEpoch { get; set; } = -1;

    public IReadOnlyList<int> ReplicaNodes { get; set; } = [];

    public IReadOnlyList<int> IsrNodes { get; set; } = [];

    public IReadOnlyList<int> OfflineReplicas { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        Partition = wire.Int32(Partition);
        LeaderId = wire.Int32(LeaderId);
        LeaderEpoch = wire.Int32(LeaderEpoch, since: 7);
        ReplicaNodes = wire.Int32Array(ReplicaNodes);
        IsrNodes = wire.Int32Array(IsrNodes);
        OfflineReplicas = wire.Int32Array(OfflineReplicas, since: 5);
    }
}
