using KafkaBackup.Repository.Indexes;

namespace KafkaBackup.Repository.Segments;

/// <summary>The contents of a segment's indexes, in Kafka's formats. Source: FORMAT.md, "Indexes".</summary>
/// <param name="OffsetIndex">The <c>.index</c>.</param>
/// <param name="TimeIndex">The <c>.timeindex</c>.</param>
/// <param name="TransactionIndex">The <c>.txnindex</c>; null where there are no aborted ranges, and so no such file.</param>
public sealed record SegmentIndexFiles(ReadOnlyMemory<byte> OffsetIndex, ReadOnlyMemory<byte> TimeIndex, ReadOnlyMemory<byte>? TransactionIndex)
{
    /// <summary>What was made of a segment's batches while they passed.</summary>
    internal static SegmentIndexFiles Of(SegmentReference segment, SegmentIndexes indexes) =>
        new(indexes.OffsetIndex, indexes.TimeIndex, segment.Aborted.Count > 0 ? (ReadOnlyMemory<byte>?)Indexes.TransactionIndex.Of(segment.Aborted).ToBytes() : null);
}
