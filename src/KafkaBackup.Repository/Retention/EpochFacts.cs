using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Retention;

/// <summary>What of an epoch says which segments it needs.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="SealedAt">When it was sealed.</param>
/// <param name="OwnLists">Its journals, with the lists that its manifest names.</param>
/// <param name="Held">For each journal that it holds, what it holds of each partition.</param>
internal sealed record EpochFacts(
    long Sequence,
    DateTimeOffset SealedAt,
    IReadOnlyDictionary<string, TopicLists> OwnLists,
    IReadOnlyDictionary<string, IReadOnlyDictionary<int, HeldOffsets>> Held)
{
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<int, HeldOffsets>> HeldBy(EpochCore core) => core.Topics.ToDictionary(
        topic => topic.Journal, IReadOnlyDictionary<int, HeldOffsets> (topic) => topic.Partitions.ToDictionary(p => p.Partition, p => new HeldOffsets(p.LogStart, p.To)), StringComparer.Ordinal);
}

/// <summary>The offsets of a partition that an epoch holds.</summary>
/// <param name="LogStart">The first offset that its log had.</param>
/// <param name="To">The offset after the last.</param>
internal readonly record struct HeldOffsets(long LogStart, long To)
{
    /// <summary>Whether the epoch needs a segment.</summary>
    public bool Needs(SegmentReference segment) => segment.To > LogStart && segment.From < To;
}
