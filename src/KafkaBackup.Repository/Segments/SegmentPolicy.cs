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

    /// <summary>Segments of so many bytes at most lie in packs, larger ones alone; 0 for none in packs. Runs of one generation may differ in it, and in what follows.</summary>
    public int PackedSegmentBytes
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(PackedSegmentBytes), value, "the size of packed segments is 0 bytes or more");
    } = 2 << 20;

    /// <summary>A pack ends with the segment that makes it so many bytes long; 1 or more.</summary>
    public long PackBytes
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(PackBytes), value, "a pack's size is 1 byte or more");
    } = 32 << 20;

    /// <summary>The memory that one share's unfinished segments may take, in bytes, 0 or more; above it the largest of them stand alone. Not in the repository.</summary>
    public long BufferBytes
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(BufferBytes), value, "the size of the buffers is 0 bytes or more");
    } = 8 << 20;
}
