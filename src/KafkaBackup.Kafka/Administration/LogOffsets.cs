using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Administration;

/// <summary>A partition of a topic.</summary>
public readonly record struct TopicPartition(string Topic, int Partition)
{
    public override string ToString() => $"{Topic}-{Partition}";
}

/// <summary>Where a partition's log begins and ends.</summary>
/// <param name="LogStart">The first offset that can be read.</param>
/// <param name="End">The last stable offset, or the high watermark, as was asked.</param>
/// <param name="LeaderEpoch">The leader epoch of the end; -1 where it is not told.</param>
public readonly record struct LogBounds(long LogStart, long End, int LeaderEpoch);

/// <summary>Asks leaders for the bounds of logs.</summary>
public sealed class LogOffsets(ClusterClient cluster)
{
    /// <summary>
    /// The bounds of each partition: the end is the last stable offset when <paramref name="isolation"/> is read committed, else the high
    /// watermark. No instant is common to them: each leader answers for itself.
    /// </summary>
    public async Task<IReadOnlyDictionary<TopicPartition, LogBounds>> ReadAsync(
        IReadOnlyCollection<TopicPartition> partitions, IsolationLevel isolation, CancellationToken cancellation)
    {
        // The start first: if retention moves it in between, the range read is too long by what is gone, never too short.
        var starts = await AskAsync(partitions, ListOffsetsPartition.Earliest, isolation, cancellation);
        var ends = await AskAsync(partitions, ListOffsetsPartition.Latest, isolation, cancellation);
        return partitions.ToDictionary(p => p, p => new LogBounds(starts[p].Offset, Math.Max(starts[p].Offset, ends[p].Offset), ends[p].LeaderEpoch));
    }

    private async Task<Dictionary<TopicPartition, ListedOffsetsPartition>> AskAsync(
        IReadOnlyCollection<TopicPartition> partitions, long which, IsolationLevel isolation, CancellationToken cancellation)
    {
        var found = new Dictionary<TopicPartition, ListedOffsetsPartition>();
        var again = false;
        return await cluster.RetryAsync("list offsets", async () =>
        {
            // Whatever failed before, it may have been our picture of who leads: a missing leader is remembered as well as one that moved.
            var refresh = again;
            again = true;
            var byLeader = new Dictionary<BrokerAddress, List<TopicPartition>>();
            foreach (var partition in partitions.Where(p => !found.ContainsKey(p)))
            {
                var leader = await cluster.LeaderAsync(partition.Topic, partition.Partition, refresh, cancellation);
                refresh = false;
                (byLeader.TryGetValue(leader, out var list) ? list : byLeader[leader] = []).Add(partition);
            }

            foreach (var (leader, led) in byLeader)
                await AskLeaderAsync(leader, led, which, isolation, found, cancellation);
            return found;
        }, cancellation);
    }

    private async Task AskLeaderAsync(
        BrokerAddress leader, List<TopicPartition> partitions, long which, IsolationLevel isolation,
        Dictionary<TopicPartition, ListedOffsetsPartition> found, CancellationToken cancellation)
    {
        var request = new ListOffsetsRequest
        {
            IsolationLevel = isolation,
            Topics = [.. partitions.GroupBy(p => p.Topic).Select(topic => new ListOffsetsTopic
            {
                Topic = topic.Key,
                Partitions = [.. topic.Select(p => new ListOffsetsPartition { Partition = p.Partition, Timestamp = which })],
            })],
        };
        using var lease = await cluster.SendAsync(leader, request, cancellation);
        foreach (var topic in lease.Response.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                if (partition.ErrorCode != ErrorCode.None)
                    throw new BrokerErrorException(partition.ErrorCode, ApiKey.ListOffsets, $"{topic.Topic}-{partition.Partition}");
                found[new TopicPartition(topic.Topic, partition.Partition)] = partition;
            }
        }
    }
}
