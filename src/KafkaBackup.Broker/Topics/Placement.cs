namespace KafkaBackup.Broker.Topics;

/// <summary>
/// On which nodes a partition lies, and which of them leads it. All nodes of the one process share the one log, so every replica that runs is
/// in sync.
/// </summary>
/// <param name="replicas">Node ids; the first is the preferred leader.</param>
/// <param name="leader">A node id; -1: nobody.</param>
internal sealed class Placement(IReadOnlyList<int> replicas, int leader)
{
    public const int NoLeader = -1;

    private int _leader = leader;

    public IReadOnlyList<int> Replicas => replicas;

    /// <summary>A node id, or <see cref="NoLeader"/>. Set by the log alone, which then begins an epoch.</summary>
    public int Leader
    {
        get => Volatile.Read(ref _leader);
        set => Volatile.Write(ref _leader, value);
    }

    /// <summary>Replicas of a partition spread over the nodes: each topic begins at another, each partition at the next.</summary>
    public static Placement Spread(string topic, int partition, int replicas, IReadOnlyList<int> nodes)
    {
        var start = topic.Aggregate(17u, (hash, letter) => (hash * 31) + letter) + (uint)partition;
        int[] chosen = [.. Enumerable.Range(0, replicas).Select(i => nodes[(int)((start + i) % nodes.Count)])];
        return new Placement(chosen, chosen[0]);
    }
}
