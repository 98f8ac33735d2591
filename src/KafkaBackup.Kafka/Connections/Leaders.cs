using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Connections;

/// <summary>Who leads a partition, as the cluster said.</summary>
/// <param name="Address">Where the leader listens.</param>
/// <param name="Epoch">Its epoch; -1 where it is not told.</param>
/// <param name="Seen">When this was learnt, counted in answers: whoever finds it wrong asks for something newer.</param>
internal readonly record struct PartitionLeader(BrokerAddress Address, int Epoch, int Seen);

/// <summary>
/// The picture of who leads what. It is asked for anew when somebody finds it wrong, once for all who found the same picture wrong.
/// </summary>
/// <param name="ask">Asks the cluster for its brokers and these topics.</param>
internal sealed class Leaders(Func<IReadOnlyCollection<string>, CancellationToken, Task<ClusterSnapshot>> ask)
{
    private readonly SemaphoreSlim _asking = new(1, 1);
    private readonly Dictionary<string, TopicSnapshot> _topics = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<int, BrokerAddress> _brokers = new Dictionary<int, BrokerAddress>();
    private int _answers;

    /// <summary>All brokers known.</summary>
    public IReadOnlyCollection<BrokerAddress> Brokers => [.. Volatile.Read(ref _brokers).Values];

    /// <summary>The latest answer's number.</summary>
    public int Seen => Volatile.Read(ref _answers);

    /// <summary>Learns about topics together that would be asked for one by one.</summary>
    public async Task LearnAsync(IEnumerable<string> topics, CancellationToken cancellation)
    {
        await _asking.WaitAsync(cancellation);
        try
        {
            if (topics.Any(topic => !_topics.ContainsKey(topic)))
                await AskAsync(topics, cancellation);
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>The leader of a partition.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="notIn">The answer that was found wrong; -1: none.</param>
    /// <param name="cancellation">Stops the call.</param>
    /// <exception cref="BrokerErrorException">It has no leader now, or there is no such partition.</exception>
    public async Task<PartitionLeader> FindAsync(string topic, int partition, int notIn, CancellationToken cancellation)
    {
        await _asking.WaitAsync(cancellation);
        try
        {
            if (!_topics.ContainsKey(topic) || _answers <= notIn)
                await AskAsync([topic], cancellation);
            return Leader(topic, partition);
        }
        finally
        {
            _asking.Release();
        }
    }

    private async Task AskAsync(IEnumerable<string> topics, CancellationToken cancellation)
    {
        var snapshot = await ask([.. _topics.Keys.Union(topics)], cancellation);
        foreach (var topic in snapshot.Topics)
            _topics[topic.Name] = topic;
        Volatile.Write(ref _brokers, snapshot.Brokers);
        Volatile.Write(ref _answers, _answers + 1);
    }

    private PartitionLeader Leader(string topic, int partition)
    {
        if (!_topics.TryGetValue(topic, out var described))
            throw new BrokerErrorException(ErrorCode.UnknownTopicOrPartition, ApiKey.Metadata, topic);
        if (described.Error != ErrorCode.None)
            throw new BrokerErrorException(described.Error, ApiKey.Metadata, topic);
        var leader = described.Partitions.FirstOrDefault(p => p.Partition == partition)
            ?? throw new BrokerErrorException(ErrorCode.UnknownTopicOrPartition, ApiKey.Metadata, $"{topic}-{partition}");
        return _brokers.TryGetValue(leader.LeaderId, out var address)
            ? new PartitionLeader(address, leader.LeaderEpoch, _answers)
            : throw new BrokerErrorException(ErrorCode.LeaderNotAvailable, ApiKey.Metadata, $"{topic}-{partition}");
    }
}
