using KafkaBackup.Broker.Logs;

namespace KafkaBackup.Broker.Topics;

/// <summary>A topic: its identity, its own configuration entries, its partitions.</summary>
internal sealed class Topic(string name, Guid id, IReadOnlyDictionary<string, string> configs, IReadOnlyList<PartitionLog> partitions)
{
    public string Name => name;

    /// <summary>Another one whenever a topic of this name is created anew.</summary>
    public Guid Id => id;

    /// <summary>Only what was set for this topic; replaced, never changed.</summary>
    public IReadOnlyDictionary<string, string> Configs { get; set; } = configs;

    /// <summary>By number, without gaps; replaced, never changed.</summary>
    public IReadOnlyList<PartitionLog> Partitions { get; set; } = partitions;

    /// <summary>Whether it is one of Kafka's own.</summary>
    public bool IsInternal => name is "__consumer_offsets" or "__transaction_state";
}
