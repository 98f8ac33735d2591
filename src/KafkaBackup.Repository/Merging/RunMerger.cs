using System.Buffers;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Merging;

/// <summary>Writes the batches of a run of segments once more, as large segments. Every source is checked as it is read: CRCs, order, SHA-256.</summary>
/// <param name="store">The repository's store.</param>
/// <param name="path">The partition, and the merge's run.</param>
/// <param name="policy">Where the new segments end.</param>
internal sealed class RunMerger(IObjectStore store, PartitionPath path, SegmentPolicy policy)
{
    /// <summary>Batches go to the writer in pieces of so many bytes.</summary>
    private const int PieceBytes = 256 << 10;

    private readonly ArrayBufferWriter<byte> piece = new(PieceBytes);
    private readonly List<SegmentReference> merged = [];
    private PartitionWriter? writer;

    /// <summary>Merges a run. Done again, it writes the same.</summary>
    /// <param name="run">Adjacent references of the partition.</param>
    /// <param name="read">Told the bytes of each source that is done.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The new segments: they cover what the run covers.</returns>
    /// <exception cref="DamagedSegmentException">A source is missing, or not what its reference says. Nothing is left of what was written.</exception>
    public async Task<IReadOnlyList<SegmentReference>> RunAsync(IReadOnlyList<SegmentReference> run, Action<long> read, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var source in run)
            {
                await CopyAsync(source, cancellationToken);
                read(source.Length);
            }

            await EndAsync(run[^1].To, cancellationToken);
            return merged;
        }
        catch (DamagedSegmentException)
        {
            await AbandonAsync();
            await RemoveAsync(run[0].From, run[^1].To, cancellationToken);
            throw;
        }
        finally
        {
            await AbandonAsync();
        }
    }

    private async Task CopyAsync(SegmentReference source, CancellationToken cancellationToken)
    {
        // What a producer's aborted batches are in this source, the writer has to know before the first of them; it joins the ranges of neighbours.
        var aborted = source.Aborted;
        var isFirst = true;
        try
        {
            await using var reader = new PartitionReader(store, path.Topic, [source]);
            while (await reader.ReadAsync(cancellationToken))
            {
                // A wrapper does not say where its first record lies. If there is room for records below `from`, it has to begin a segment, which says where it begins.
                if (isFirst && writer is not null && reader.Current.Header.IsWrapper && writer.NextOffset != source.From)
                    await EndAsync(source.From, cancellationToken);
                isFirst = false;
                writer ??= new PartitionWriter(store, path, source.From, policy);
                if (piece.WrittenCount > 0 && piece.WrittenCount + reader.Current.Header.TotalSize > PieceBytes)
                    await FlushAsync(aborted, cancellationToken);
                piece.Write(reader.Current.Batch.Bytes.Span);
            }

            await FlushAsync(aborted, cancellationToken);
        }
        catch (InvalidBatchException e)
        {
            throw new DamagedSegmentException(source.Object, path.Topic, path.Partition, source.From, source.To, RepositoryException.WhatOf(e), e);
        }
    }

    private async Task FlushAsync(IReadOnlyList<AbortedRange> aborted, CancellationToken cancellationToken)
    {
        if (piece.WrittenCount == 0)
            return;
        await writer!.AppendCheckedAsync(piece.WrittenMemory, aborted, cancellationToken);
        piece.ResetWrittenCount();
    }

    private async Task EndAsync(long to, CancellationToken cancellationToken)
    {
        merged.AddRange((await writer!.CompleteAsync(to, cancellationToken)).Segments);
        await AbandonAsync();
    }

    private async Task AbandonAsync()
    {
        if (writer is not null)
            await writer.DisposeAsync();
        writer = null;
        piece.ResetWrittenCount();
    }

    /// <summary>Removes what lies in the run's folder of these offsets: nothing will ever lead to it, and the folder's run is no dead one.</summary>
    private async Task RemoveAsync(long from, long to, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var found in store.ListAsync(path.Folder, cancellationToken))
        {
            var dot = found.Name.LastIndexOf('.');
            if (SegmentFiles.BaseOffsetOf(found.Name[..dot] + SegmentFiles.Log) is { } offset && offset >= from && offset < to)
                names.Add(found.Name);
        }

        foreach (var name in names)
            await store.DeleteAsync(name, cancellationToken);
    }
}
