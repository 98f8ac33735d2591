using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Indexes;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Reading;

/// <summary>
/// Finds where in a segment to begin, with the segment's indexes. An index only saves reading, so it is not trusted: what it says is held against the
/// batch that it names, and where that does not fit, or there is no index, reading begins at the segment's start.
/// </summary>
internal sealed class SegmentSeek(IObjectStore store, string topic)
{
    private (SegmentReference? Segment, SegmentIndexFiles? Files) indexed;

    /// <summary>A position, in bytes from the segment's start, before which no batch reaches an offset.</summary>
    public async Task<long> ToOffsetAsync(SegmentReference segment, long offset, CancellationToken cancellationToken)
    {
        if (offset <= Math.Max(segment.Base, segment.From) || await ReadOffsetsAsync(segment, cancellationToken) is not { } index)
            return 0;
        return index.EntryFor(offset) is { } entry && await IsAtAsync(segment, entry, cancellationToken) ? entry.Position : 0;
    }

    /// <summary>A position before which no batch has a timestamp that reaches a time; control batches left out.</summary>
    public async Task<long> ToTimeAsync(SegmentReference segment, long time, CancellationToken cancellationToken)
    {
        if (await ReadTimesAsync(segment, cancellationToken) is not { } times || times.EntryBefore(time) is not { } entry)
            return 0;
        var near = await ToOffsetAsync(segment, entry.Offset, cancellationToken);
        if (near == 0)
            return 0;
        try
        {
            // The entry's batch is not far behind: it must be there, with the timestamp that the entry says.
            await using var batches = new SegmentBatches(store, topic, segment, near);
            while (await batches.ReadAsync(cancellationToken) && batches.Current.Header is var header && header.LastOffset <= entry.Offset)
            {
                if (header.LastOffset == entry.Offset)
                    return header.MaxTimestamp == entry.Timestamp ? batches.Position : 0;
            }
        }
        catch (DamagedSegmentException)
        {
            // Whoever reads from the start is told, if it matters there.
        }

        return 0;
    }

    private async Task<OffsetIndex?> ReadOffsetsAsync(SegmentReference segment, CancellationToken cancellationToken) =>
        await TryReadAsync(segment, files => OffsetIndex.Read(files.OffsetIndex.Span, segment.Base), cancellationToken);

    private async Task<TimeIndex?> ReadTimesAsync(SegmentReference segment, CancellationToken cancellationToken)
    {
        var index = await TryReadAsync(segment, files => TimeIndex.Read(files.TimeIndex.Span, segment.Base), cancellationToken);
        return index is { Entries: [.., var last] } && last.Timestamp == segment.MaxTimestamp
            && index.Entries.Zip(index.Entries.Skip(1)).All(pair => pair.First.Timestamp < pair.Second.Timestamp && pair.First.Offset < pair.Second.Offset)
                ? index
                : null;
    }

    private async Task<T?> TryReadAsync<T>(SegmentReference segment, Func<SegmentIndexFiles, T> read, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            if (indexed.Segment != segment)
                indexed = (segment, await store.ReadIndexesAsync(segment, cancellationToken));
            return read(indexed.Files!);
        }
        catch (Exception e) when (e is ObjectNotFoundException or DamagedObjectException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Whether the entry's position is the start of a batch with the entry's last offset: then nothing of a later offset lies before it.</summary>
    private async Task<bool> IsAtAsync(SegmentReference segment, OffsetIndexEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Position < 0 || entry.Position >= segment.Length)
            return false;
        try
        {
            var header = new byte[(int)Math.Min(BatchHeader.Size, segment.Length - entry.Position)];
            await using var stream = await store.OpenReadAsync(segment.Object, segment.Offset + entry.Position, header.Length, cancellationToken);
            return await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken) == header.Length
                && BatchHeader.TryRead(header, out var batch)
                && batch.LastOffset == entry.Offset;
        }
        catch (Exception e) when (e is InvalidBatchException or ObjectNotFoundException or DamagedObjectException)
        {
            return false;
        }
    }
}
