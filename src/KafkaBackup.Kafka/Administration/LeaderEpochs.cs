using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Kafka.Administration;

/// <summary>Where an epoch ends in a partition's log as it is now.</summary>
/// <param name="LeaderEpoch">The largest epoch in the log that is not above the one asked for; -1 where the broker knows of none.</param>
/// <param name="EndOffset">The offset after the last of it; -1 where the broker knows of none.</param>
public readonly record struct EpochEnd(int LeaderEpoch, long EndOffset)
{
    /// <summary>
    /// Whether a batch of <paramref name="leaderEpoch"/> that ended at <paramref name="nextOffset"/> is still in the log: else an unclean
    /// leader election took it away, and what has its offsets now is something else.
    /// </summary>
    public bool StillHolds(int leaderEpoch, long nextOffset) => EndOffset < 0 || ((LeaderEpoch < 0 || LeaderEpoch == leaderEpoch) && EndOffset >= nextOffset);
}

/// <summary>Asks leaders where leader epochs end: that tells a log which was truncated from one which only grew.</summary>
public sealed class LeaderEpochs(ClusterClient cluster)
{
    /// <summary>The ends of epochs, one for each partition.</summary>
    /// <exception cref="ClusterException">A leader did not tell.</exception>
    public async Task<IReadOnlyDictionary<TopicPartition, EpochEnd>> ReadAsync(IReadOnlyDictionary<TopicPartition, int> epochs, CancellationToken cancellation) =>
        await LeaderCalls.AskAsync<EpochEnd>(cluster, "ask where leader epochs end", [.. epochs.Keys], async (leader, partitions, found) =>
        {
            var request = new OffsetForLeaderEpochRequest
            {
                Topics = [.. partitions.GroupBy(p => p.Topic).Select(topic => new LeaderEpochTopic
                {
                    Topic = topic.Key,
                    Partitions = [.. topic.Select(p => new LeaderEpochPartition { Partition = p.Partition, LeaderEpoch = epochs[p] })],
                })],
            };
            using var lease = await cluster.SendAsync(leader, request, cancellation);
            foreach (var topic in lease.Response.Topics)
            {
                foreach (var partition in topic.Partitions)
                {
                    LeaderCalls.Check(partition.ErrorCode, ApiKey.OffsetForLeaderEpoch, topic.Topic, partition.Partition);
                    found[new TopicPartition(topic.Topic, partition.Partition)] = new EpochEnd(partition.LeaderEpoch, partition.EndOffset);
                }
            }
        }, cancellation);
}
