using System.Buffers;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Merging;

/// <summary>Writes the batches of a run of segments once more, as large segments. Every source is checked as it is read: CRCs, order, SHA-256.</summary>
/// <param name="store">The repository's store.</param>
/// <param name="path">The partition, and the merge's run.</param>
/// <param name="policy">Where the new segments end, and which of them lie in packs.</param>
/// <param name="packs">Where what is small lies, together with that of other partitions; null for all to stand alone.</param>
internal sealed class RunMerger(IObjectStore store, PartitionPath path, SegmentPolicy policy, SegmentPacks? packs)
{
    /// <summary>Batches go to the writer in pieces of so many bytes.</summary>
    private const int PieceBytes = 256 << 10;

    private readonly ArrayBufferWriter<byte> piece = new();
    private readonly List<AbortedRange> aborted = [];
    private readonly List<SegmentReference> merged = [];
    private PartitionWriter? writer;
    private long next;

    /// <summary>Merges a run. Done again, it writes the same. What lies in a pack is durable when the packs are flushed.</summary>
    /// <param name="run">Adjacent references of the partition.</param>
    /// <param name="read">Told the bytes of each source that is done.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The new segments: they cover what the run covers.</returns>
    /// <exception cref="DamagedSegmentException">A source is missing, or not what its reference says. Nothing is left of what was written.</exception>
    public async Task<IReadOnlyList<SegmentReference>> RunAsync(IReadOnlyList<SegmentReference> run, Action<long> read, CancellationToken cancellationToken)
    {
        // What fits into a pack is read whole before anything of it is written: damage leaves nothing in a pack that is others' as well.
        var isPacked = packs is not null && run.Sum(source => source.Length) <= policy.PackedSegmentBytes;
        try
        {
            foreach (var source in run)
            {
                await CopyAsync(source, isPacked, cancellationToken);
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

    private async Task CopyAsync(SegmentReference source, bool isPacked, CancellationToken cancellationToken)
    {
        var isFirst = true;
        try
        {
            await using var reader = new PartitionReader(store, path.Topic, [source]);
            while (await reader.ReadAsync(cancellationToken))
            {
                var (header, bytes) = (reader.Current.Header, reader.Current.Batch.Bytes);
                // A wrapper does not say where its first record lies. If there is room for records below `from`, it has to begin a segment, which says where it begins.
                if (isFirst && writer is not null && header.IsWrapper && next != source.From)
                    await EndAsync(source.From, cancellationToken);
                else if (!isPacked && piece.WrittenCount > 0 && piece.WrittenCount + bytes.Length > PieceBytes)
                    await FlushAsync(cancellationToken);
                // What a producer's aborted batches are in this source, the writer has to know before the first of them; it joins the ranges of neighbours.
                if (isFirst)
                    aborted.AddRange(source.Aborted);
                isFirst = false;
                writer ??= new PartitionWriter(store, path, source.From, policy, isPacked ? packs : null);
                piece.Write(bytes.Span);
                next = header.NextOffset;
            }
        }
        catch (InvalidBatchException e)
        {
            throw new DamagedSegmentException(source.Object, path.Topic, path.Partition, source.From, source.To, RepositoryException.WhatOf(e), e);
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        await writer!.AppendCheckedAsync(piece.WrittenMemory, aborted, cancellationToken);
        piece.ResetWrittenCount();
        aborted.Clear();
    }

    private async Task EndAsync(long to, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        merged.AddRange((await writer!.CompletePackedAsync(to, cancellationToken)).Segments);
        await AbandonAsync();
    }

    private async Task AbandonAsync()
    {
        if (writer is not null)
            await writer.DisposeAsync();
        writer = null;
        piece.ResetWrittenCount();
        aborted.Clear();
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
