using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Connections;

/// <summary>What a cluster said of itself at one moment.</summary>
/// <param name="ClusterId">Its id; null where it has none.</param>
/// <param name="Brokers">Its brokers by node id.</param>
/// <param name="Topics">The topics asked for; one that does not exist carries its error.</param>
public sealed record ClusterSnapshot(string? ClusterId, IReadOnlyDictionary<int, BrokerAddress> Brokers, IReadOnlyList<TopicSnapshot> Topics)
{
    /// <summary>A topic, or null where it was not asked for.</summary>
    public TopicSnapshot? Find(string topic) => Topics.FirstOrDefault(t => t.Name == topic);

    internal static ClusterSnapshot From(MetadataResponse response) => new(
        response.ClusterId,
        response.Brokers.ToDictionary(b => b.NodeId, b => new BrokerAddress(b.Host, b.Port)),
        [.. response.Topics.Select(t => new TopicSnapshot(
            t.Name,
            t.ErrorCode,
            t.IsInternal,
            [.. t.Partitions.OrderBy(p => p.Partition).Select(p => new PartitionSnapshot(p.Partition, p.LeaderId, p.LeaderEpoch, p.ReplicaNodes.Count))]))]);
}

/// <summary>A topic as a cluster describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Error">Why nothing is known of it; None where something is.</param>
/// <param name="IsInternal">Whether it belongs to the brokers themselves, as consumer offsets do.</param>
/// <param name="Partitions">Its partitions, in order.</param>
public sealed record TopicSnapshot(string Name, ErrorCode Error, bool IsInternal, IReadOnlyList<PartitionSnapshot> Partitions);

/// <summary>A partition as a cluster describes it.</summary>
/// <param name="Partition">Its index, from 0.</param>
/// <param name="LeaderId">The node that leads it; -1 for none.</param>
/// <param name="LeaderEpoch">The leader's epoch; -1 where it is not told.</param>
/// <param name="Replicas">How many replicas it has.</param>
public sealed record PartitionSnapshot(int Partition, int LeaderId, int LeaderEpoch, int Replicas);
