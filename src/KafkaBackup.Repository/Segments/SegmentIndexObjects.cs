using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Segments;

/// <summary>The objects that lie beside a segment's log.</summary>
internal static class SegmentIndexObjects
{
    /// <summary>Creates them; they come before the log.</summary>
    public static async Task CreateAsync(IObjectStore store, SegmentReference segment, SegmentIndexFiles indexes, CancellationToken cancellationToken)
    {
        foreach (var (name, content) in Of(segment, indexes))
            await store.CreateAsync(name, content, cancellationToken);
    }

    /// <summary>Makes sure that they lie beside a log that nothing refers to yet: one that is missing or different is made again.</summary>
    public static async Task RestoreAsync(IObjectStore store, SegmentReference segment, SegmentIndexFiles indexes, CancellationToken cancellationToken)
    {
        foreach (var (name, content) in Of(segment, indexes))
        {
            try
            {
                await store.CreateAsync(name, content, cancellationToken);
            }
            catch (ObjectConflictException)
            {
                await store.DeleteAsync(name, cancellationToken);
                await store.CreateAsync(name, content, cancellationToken);
            }
        }
    }

    /// <summary>The names of a segment's objects, indexes first; of one in a pack, the pack's.</summary>
    public static IEnumerable<string> NamesOf(SegmentReference segment)
    {
        if (!segment.IsPacked)
        {
            yield return SegmentFiles.Beside(segment.Object, SegmentFiles.OffsetIndex);
            yield return SegmentFiles.Beside(segment.Object, SegmentFiles.TimeIndex);
            if (segment.Aborted.Count > 0)
                yield return SegmentFiles.Beside(segment.Object, SegmentFiles.TransactionIndex);
        }

        yield return segment.Object;
    }

    /// <summary>What has to lie beside a segment's log.</summary>
    public static IEnumerable<(string Name, ReadOnlyMemory<byte> Content)> Of(SegmentReference segment, SegmentIndexFiles files)
    {
        yield return (SegmentFiles.Beside(segment.Object, SegmentFiles.OffsetIndex), files.OffsetIndex);
        yield return (SegmentFiles.Beside(segment.Object, SegmentFiles.TimeIndex), files.TimeIndex);
        if (files.TransactionIndex is { } transactions)
            yield return (SegmentFiles.Beside(segment.Object, SegmentFiles.TransactionIndex), transactions);
    }
}
