using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Merging;

/// <summary>What a merge merges, and into what.</summary>
public sealed record MergePolicy
{
    /// <summary>Where the new segments end, in bytes; 1 to 2147483647. Segments of half of it or more are left as they are.</summary>
    public long SegmentBytes { get; init; } = SegmentPolicy.Default.SegmentBytes;

    /// <summary>An entry of the new segments' indexes follows after more than so many bytes; 0 or more.</summary>
    public int IndexIntervalBytes { get; init; } = SegmentPolicy.Default.IndexIntervalBytes;

    /// <summary>The fewest neighbouring segments of a partition that are worth the work; 2 or more.</summary>
    public int LeastSegments
    {
        get;
        init => field = value >= 2 ? value : throw new ArgumentOutOfRangeException(nameof(LeastSegments), value, "the fewest segments to be merged are 2 or more");
    } = 4;

    /// <summary>What becomes of segments of so many bytes together at most lies in packs again, with that of other partitions; all else stands alone; 0 for nothing in packs.</summary>
    public int PackedSegmentBytes { get; init; } = SegmentPolicy.Default.PackedSegmentBytes;

    /// <summary>The policy by which the new segments are written.</summary>
    internal SegmentPolicy ToSegments() => new(SegmentBytes, IndexIntervalBytes) { PackedSegmentBytes = PackedSegmentBytes };
}
