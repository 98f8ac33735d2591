namespace KafkaBackup.Repository.Segments;

/// <summary>Where segments end and how dense their indexes are. The runs of one generation must all use the same.</summary>
/// <param name="SegmentBytes">A segment ends before the batch that would make it larger, in bytes; 1 to 2147483647. A larger batch stands alone.</param>
/// <param name="IndexIntervalBytes">An index entry follows after more than so many bytes; 0 or more.</param>
public sealed record SegmentPolicy(long SegmentBytes, int IndexIntervalBytes)
{
    /// <summary>1 GiB and 4096 bytes, as brokers have it.</summary>
    public static SegmentPolicy Default { get; } = new(1L << 30, 4096);

    /// <summary>A segment ends before the batch that would make it larger, in bytes.</summary>
    public long SegmentBytes { get; init; } = SegmentBytes is >= 1 and <= int.MaxValue
        ? SegmentBytes
        : throw new ArgumentOutOfRangeException(nameof(SegmentBytes), SegmentBytes, $"a segment's size is 1 to {int.MaxValue} bytes");

    /// <summary>An index entry follows after more than so many bytes.</summary>
    public int IndexIntervalBytes { get; init; } = IndexIntervalBytes >= 0
        ? IndexIntervalBytes
        : throw new ArgumentOutOfRangeException(nameof(IndexIntervalBytes), IndexIntervalBytes, "the index interval is 0 bytes or more");
}
