using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Administration;

/// <summary>Looks whether logs still reach as far as they did.</summary>
public sealed class LogReach(ClusterClient cluster, LogOffsets offsets)
{
    /// <summary>The end of a log that is not there.</summary>
    public const long Gone = -1;

    /// <summary>
    /// The logs that end before an offset that they had, with where they end. A replica that has just become leader may not know at first
    /// how far its log is good, and a broker that has just started which topics there are: so one is judged only when it has stayed so for
    /// <see cref="ClusterOptions.GiveUpAfter"/>.
    /// </summary>
    /// <param name="had">The offsets that the logs had reached.</param>
    /// <param name="cancellation">Stops the look.</param>
    public async Task<IReadOnlyDictionary<TopicPartition, long>> FindShorterAsync(IReadOnlyDictionary<TopicPartition, long> had, CancellationToken cancellation)
    {
        var patience = new Patience(cluster.Options, cluster.Time);
        while (true)
        {
            var ends = await EndsAsync(had.Keys, cancellation);
            var shorter = had.Where(h => ends.GetValueOrDefault(h.Key, Gone) < h.Value).ToDictionary(h => h.Key, h => ends.GetValueOrDefault(h.Key, Gone));
            if (shorter.Count == 0 || !patience.Lasts())
                return shorter;
            await patience.WaitAsync(cancellation);
        }
    }

    private async Task<IReadOnlyDictionary<TopicPartition, long>> EndsAsync(IEnumerable<TopicPartition> partitions, CancellationToken cancellation)
    {
        var wanted = partitions.ToHashSet();
        var there = (await cluster.DescribeAsync([.. wanted.Select(p => p.Topic).Distinct()], cancellation)).Topics
            .Where(t => t.Error != ErrorCode.UnknownTopicOrPartition)
            .SelectMany(t => t.Error == ErrorCode.None ? t.Partitions.Select(p => new TopicPartition(t.Name, p.Partition)) : wanted.Where(p => p.Topic == t.Name));
        var bounds = await offsets.ReadAsync([.. there.Where(wanted.Contains)], IsolationLevel.ReadUncommitted, cancellation);
        return bounds.ToDictionary(b => b.Key, b => b.Value.End);
    }
}
