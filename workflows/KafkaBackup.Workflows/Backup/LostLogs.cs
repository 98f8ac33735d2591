using KafkaBackup.Kafka.Administration;
using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Workflows.Backup;

/// <summary>
/// Finds logs that lost records which are backed up. The log's length does not tell: cut off by an unclean leader election, it may have grown
/// past them again, with other records at their offsets.
/// </summary>
internal static class LostLogs
{
    /// <summary>The code of the notes.</summary>
    public const string Code = "log-truncated";

    /// <summary>The partitions that no longer have what their topic's life has of them, with the offset from which they lost it.</summary>
    public static async Task<IReadOnlyList<(string Topic, LostRange Partition)>> FindAsync(
        LeaderEpochs epochs, IReadOnlyDictionary<string, TopicLife> lives, CancellationToken cancellation)
    {
        var held = lives
            .SelectMany(life => life.Value.LeaderEpochs.Select(e => (Key: new TopicPartition(life.Key, e.Key), Epoch: e.Value, To: life.Value.Positions[e.Key])))
            .ToDictionary(h => h.Key);
        var ends = await epochs.ReadAsync(held.ToDictionary(h => h.Key, h => h.Value.Epoch), cancellation);
        return [.. held.Values.Where(h => IsLost(ends[h.Key], h.To)).Select(h => (h.Key.Topic, new LostRange(h.Key.Partition, ends[h.Key].EndOffset, h.To)))];
    }

    /// <summary>
    /// Whether offsets below <paramref name="to"/> are no more what they were in an epoch of the cut, given where this epoch, or the last before it that
    /// the log knows, ends now. An epoch in which nothing was written may be unknown to a later leader: only where it ends says anything.
    /// </summary>
    public static bool IsLost(EpochEnd end, long to) => end.EndOffset >= 0 && end.EndOffset < to;

    /// <summary>What a manifest says of it.</summary>
    public static TopicNote Note(LostRange lost) => new(
        Code, lost.Partition, lost.From, lost.To,
        $"The log lost what it had at offsets {lost.From} to {lost.To - 1} (an unclean leader election): earlier epochs have it; from this one on the topic is backed up anew, from its start.");
}
