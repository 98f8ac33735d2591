using KafkaBackup.Kafka.Administration;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Workflows.Backup;

/// <summary>
/// Says where compaction may have come before the reading: records above the cut can have superseded one below it before it was reached, so
/// that the epoch has neither. The next epoch has the newer one.
/// </summary>
internal static class CompactionNotes
{
    private const string Code = "compacted-while-read";
    private const string Policy = "cleanup.policy";

    /// <summary>The notes, by topic: for compacted partitions that were written to while they were read.</summary>
    public static async Task<ILookup<string, TopicNote>> FindAsync(LogOffsets offsets, EpochCut cut, CancellationToken cancellation)
    {
        var read = cut.Topics
            .Where(t => t.Configuration.GetValueOrDefault(Policy)?.Contains("compact", StringComparison.Ordinal) == true)
            .SelectMany(t => t.Partitions.Where(p => p.To > p.From).Select(p => (Key: new TopicPartition(t.Topic, p.Partition), Cut: p)))
            .ToList();
        var ends = await offsets.ReadAsync([.. read.Select(r => r.Key)], IsolationLevel.ReadUncommitted, cancellation);
        return read.Where(r => ends[r.Key].End > r.Cut.To).ToLookup(r => r.Key.Topic, r => new TopicNote(
            Code, r.Cut.Partition, r.Cut.From, r.Cut.To,
            "The topic is compacted and was written to while it was read: a key that was overwritten in the meantime may be missing until the next epoch."));
    }
}
