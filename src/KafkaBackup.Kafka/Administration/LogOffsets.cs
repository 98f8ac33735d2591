using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;

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

    private Task<Dictionary<TopicPartition, ListedOffsetsPartition>> AskAsync(
        IReadOnlyCollection<TopicPartition> partitions, long which, IsolationLevel isolation, CancellationToken cancellation) =>
        LeaderCalls.AskAsync<ListedOffsetsPartition>(cluster, "list offsets", partitions, async (leader, led, found) =>
        {
            var request = new ListOffsetsRequest
            {
                IsolationLevel = isolation,
                Topics = [.. led.GroupBy(p => p.Topic).Select(topic => new ListOffsetsTopic
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
                    LeaderCalls.Check(partition.ErrorCode, ApiKey.ListOffsets, topic.Topic, partition.Partition);
                    found[new TopicPartition(topic.Topic, partition.Partition)] = partition;
                }
            }
        }, cancellation);
}
