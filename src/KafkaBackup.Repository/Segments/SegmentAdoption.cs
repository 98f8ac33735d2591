using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Indexes;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Segments;

/// <summary>Takes over what an earlier attempt of the same run has finished: the same calculation as writing, over what lies in the run's own folder.</summary>
internal sealed class SegmentAdoption(IObjectStore store, PartitionPath path, PartitionTally tally, SegmentPacks? packs)
{
    /// <summary>Leaves the tally as it was when the last finished segment was closed.</summary>
    /// <returns>The last segment; null if none was finished.</returns>
    public async Task<SegmentReference?> RunAsync(CancellationToken cancellationToken)
    {
        var lengths = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var found in store.ListAsync(path.Folder, cancellationToken))
            lengths[found.Name] = found.Length;
        await RemoveUnfinishedAsync(lengths, cancellationToken);

        SegmentReference? last = null;
        var packed = new Queue<SegmentReference>(packs?.FoundOf(path) ?? []);
        foreach (var (name, length) in lengths.OrderBy(found => found.Key, StringComparer.Ordinal))
        {
            if (SegmentFiles.BaseOffsetOf(name) is not { } baseOffset)
                continue;
            while (packed.TryPeek(out var before) && before.Base < baseOffset)
                last = await AdoptPackedAsync(packed.Dequeue(), cancellationToken) ?? last;
            var aborted = lengths.ContainsKey(SegmentFiles.Beside(name, SegmentFiles.TransactionIndex)) ? await ReadAbortedAsync(name, cancellationToken) : [];
            last = await AdoptAsync(name, length, aborted, cancellationToken);
        }

        foreach (var segment in packed)
            last = await AdoptPackedAsync(segment, cancellationToken) ?? last;
        return last;
    }

    /// <summary>Takes over a packed segment; null if what it covers is there already: an attempt that was believed dead wrote it as well.</summary>
    private async Task<SegmentReference?> AdoptPackedAsync(SegmentReference packed, CancellationToken cancellationToken)
    {
        if (packed.From < tally.NextOffset)
            return null;
        if (packed.From > tally.NextOffset)
            throw Misfit(packed.Object, $"its segment of offsets {packed.From} to {packed.To} (excluded) is not the next one");
        try
        {
            tally.LearnAborted(packed.Aborted);
            await CountAsync(packed.Object, packed.Base, await store.OpenLogAsync(packed, cancellationToken), packed.Length, cancellationToken);
            var reference = tally.Close();
            if (reference.Sha256 != packed.Sha256 || !reference.Aborted.SequenceEqual(packed.Aborted))
                throw Misfit(packed.Object, $"its segment of offsets {packed.From} to {packed.To} (excluded) is not what its directory says");
            packs!.Adopt(reference, packed);
            return packed;
        }
        catch (Exception e) when (e is InvalidBatchException or EndOfStreamException or ArgumentException or DamagedObjectException)
        {
            throw Misfit(packed.Object, RepositoryException.WhatOf(e), e);
        }
    }

    /// <summary>Indexes come before their log: without it they may be of an attempt that read other bytes (a compacted topic's), and would be in the
    /// way.</summary>
    private async Task RemoveUnfinishedAsync(Dictionary<string, long> lengths, CancellationToken cancellationToken)
    {
        foreach (var name in lengths.Keys)
        {
            var dot = name.LastIndexOf('.');
            if (dot > path.Folder.Length && name[dot..] is SegmentFiles.OffsetIndex or SegmentFiles.TimeIndex or SegmentFiles.TransactionIndex
                && !lengths.ContainsKey(name[..dot] + SegmentFiles.Log))
                await store.DeleteAsync(name, cancellationToken);
        }
    }

    private async Task<SegmentReference> AdoptAsync(string name, long length, IReadOnlyList<AbortedRange> aborted, CancellationToken cancellationToken)
    {
        try
        {
            tally.LearnAborted(aborted);
            var content = await store.OpenReadAsync(name, cancellationToken: cancellationToken);
            var segment = await CountAsync(name, SegmentFiles.BaseOffsetOf(name)!.Value, content, length, cancellationToken);
            var reference = tally.Close();
            if (!reference.Aborted.ToHashSet().SetEquals(aborted))
                throw Misfit(name, "its aborted ranges are not those of its batches");
            await SegmentIndexObjects.RestoreAsync(store, reference, SegmentIndexFiles.Of(reference, segment.Indexes), cancellationToken);
            return reference;
        }
        catch (Exception e) when (e is InvalidBatchException or EndOfStreamException or ArgumentException or DamagedObjectException)
        {
            throw Misfit(name, RepositoryException.WhatOf(e), e);
        }
    }

    private async Task<SegmentTally> CountAsync(string name, long baseOffset, Stream content, long length, CancellationToken cancellationToken)
    {
        await using var batches = new BatchStream(content, length, tally.Hash);
        while (await batches.ReadAsync(cancellationToken))
        {
            var header = batches.Current.Header;
            tally.CheckOrder(header);
            var begins = tally.BeginsSegment(header);
            if (tally.Open is null)
            {
                if (!begins)
                {
                    throw Misfit(
                        name,
                        $"the segment before would have gone on with the batch at {header.BaseOffset}: the run's segment size was another one, or its cut");
                }

                if (header.SegmentBase(tally.NextOffset) != baseOffset)
                    throw Misfit(name, $"its first batch is at {header.BaseOffset}");
                tally.Begin(header);
            }
            else if (begins)
            {
                throw Misfit(name, $"it goes on behind {header.BaseOffset}, where it would have ended: the run's segment size was another one");
            }

            tally.Add(header);
        }

        return tally.Open ?? throw Misfit(name, "it is empty");
    }

    private async Task<IReadOnlyList<AbortedRange>> ReadAbortedAsync(string log, CancellationToken cancellationToken)
    {
        var name = SegmentFiles.Beside(log, SegmentFiles.TransactionIndex);
        try
        {
            return [.. TransactionIndex.Read(await store.ReadAllAsync(name, cancellationToken)).Ranges()];
        }
        catch (Exception e) when (e is InvalidDataException or DamagedObjectException)
        {
            throw Misfit(name, RepositoryException.WhatOf(e), e);
        }
    }

    private DamagedSegmentException Misfit(string name, string problem, Exception? inner = null) =>
        new(
            name,
            path.Topic,
            path.Partition,
            tally.Open?.From ?? tally.NextOffset,
            tally.NextOffset,
            $"left by an earlier attempt of this run, it does not fit: {problem}",
            inner);
}
