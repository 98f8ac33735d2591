using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Segments;

/// <summary>
/// Reads a segment and its indexes where they lie: alone, each in an object of its own, or in a pack, one behind the other. Whoever reads a segment need not know which.
/// Source: FORMAT.md, "Indexes" and "Packs".
/// </summary>
public static class SegmentReading
{
    /// <summary>Opens a segment's record batches, and nothing around them. What is read is not checked here.</summary>
    /// <exception cref="ObjectNotFoundException">The object is missing.</exception>
    public static Task<Stream> OpenLogAsync(this IObjectStore store, SegmentReference segment, CancellationToken cancellationToken = default) =>
        store.OpenReadAsync(segment.Object, segment.Offset, segment.Length, cancellationToken);

    /// <summary>Reads a segment's indexes. That they are those of its batches is not checked here.</summary>
    /// <exception cref="ObjectNotFoundException">An object is missing.</exception>
    /// <exception cref="DamagedObjectException">There are no indexes behind the segment in its pack.</exception>
    public static async Task<SegmentIndexFiles> ReadIndexesAsync(this IObjectStore store, SegmentReference segment, CancellationToken cancellationToken = default)
    {
        if (segment.IsPacked)
            return await ReadPackedIndexesAsync(store, segment, cancellationToken);
        return new SegmentIndexFiles(
            await store.ReadAllAsync(SegmentFiles.Beside(segment.Object, SegmentFiles.OffsetIndex), cancellationToken),
            await store.ReadAllAsync(SegmentFiles.Beside(segment.Object, SegmentFiles.TimeIndex), cancellationToken),
            segment.Aborted.Count > 0 ? (ReadOnlyMemory<byte>?)await store.ReadAllAsync(SegmentFiles.Beside(segment.Object, SegmentFiles.TransactionIndex), cancellationToken) : null);
    }

    private static async Task<SegmentIndexFiles> ReadPackedIndexesAsync(IObjectStore store, SegmentReference segment, CancellationToken cancellationToken)
    {
        await using var stream = await store.OpenReadAsync(
            segment.Object, segment.Offset + segment.Length, PackLayout.LargestIndexBlock(segment), cancellationToken);
        using var block = new MemoryStream();
        await stream.CopyToAsync(block, cancellationToken);
        return PackLayout.ReadIndexBlock(block.ToArray(), segment)
            ?? throw new DamagedObjectException(segment.Object, $"there are no indexes at {segment.Offset + segment.Length}, behind the segment of offsets {segment.From} to {segment.To} (excluded)");
    }
}
