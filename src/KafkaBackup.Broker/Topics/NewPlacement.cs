using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Topics;

/// <summary>Where partitions that are to be created shall lie: spread by the cluster, or on the nodes that are named.</summary>
/// <param name="Partitions">How many.</param>
/// <param name="Replicas">On how many nodes each.</param>
/// <param name="Assignments">The nodes of each partition; null: the cluster spreads them.</param>
internal sealed record NewPlacement(int Partitions, int Replicas, IReadOnlyList<IReadOnlyList<int>>? Assignments = null)
{
    /// <summary>What is wrong with it where these nodes run; nothing, with no message.</summary>
    public (ErrorCode Error, string? Message) Check(IReadOnlyList<int> nodes)
    {
        if (Partitions < 1)
            return (ErrorCode.InvalidPartitions, "Number of partitions must be larger than 0.");
        if (Assignments is { } assignments)
        {
            return assignments.Any(a => a.Count == 0 || a.Count != a.Distinct().Count() || a.Count != assignments[0].Count || a.Any(node => !nodes.Contains(node)))
                ? (ErrorCode.InvalidReplicaAssignment, $"Each partition needs equally many brokers, each one once, of those that run: {string.Join(", ", nodes)}.")
                : (ErrorCode.None, null);
        }

        return Replicas switch
        {
            < 1 => (ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0."),
            _ when Replicas > nodes.Count => (ErrorCode.InvalidReplicationFactor, $"Replication factor: {Replicas} larger than available brokers: {nodes.Count}."),
            _ => (ErrorCode.None, null),
        };
    }

    /// <summary>Where one of the partitions lies.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition's number.</param>
    /// <param name="first">The number of the first of these partitions.</param>
    /// <param name="nodes">The nodes that run.</param>
    public Placement Of(string topic, int partition, int first, IReadOnlyList<int> nodes) =>
        Assignments is null ? Placement.Spread(topic, partition, Replicas, nodes) : new Placement(Assignments[partition - first], Assignments[partition - first][0]);
}
