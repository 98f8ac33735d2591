using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Packs;

/// <summary>
/// The packs of one share of a run's partitions: small segments of all of them, gathered in memory until they end, lie in few objects. What is in memory is bounded: where it
/// would be more, the largest of the unfinished segments stands alone from then on. Which segments are packed is no part of what is backed up. The share's
/// partitions may be written at the same time; the segments of one become durable in their order.
/// </summary>
/// <param name="store">Where to.</param>
/// <param name="generation">The writer's run.</param>
/// <param name="slice">The number of the share in its run; 0 or more.</param>
/// <param name="policy">Which segments are packed, and how large packs are.</param>
public sealed class SegmentPacks(IObjectStore store, string generation, int slice, SegmentPolicy policy) : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly HashSet<PackedDraft> drafts = [];
    private readonly Dictionary<string, SegmentReference> placed = new(StringComparer.Ordinal);
    private readonly HashSet<string> unfinished = new(StringComparer.Ordinal);
    private ILookup<string, SegmentReference> found = Array.Empty<SegmentReference>().ToLookup(_ => "");
    private PackUpload? pack;
    private int next;

    /// <summary>
    /// Looks for the packs that an earlier attempt of the same run has finished; to be called before the partitions' writers resume, which take the segments over.
    /// </summary>
    /// <exception cref="DamagedObjectException">A pack is damaged: this run can't go on, a new one can.</exception>
    /// <exception cref="UnsupportedFormatException">A pack is of another version.</exception>
    public async Task ResumeAsync(CancellationToken cancellationToken = default)
    {
        var segments = new List<PackedSegment>();
        await foreach (var there in store.ListAsync(PackLayout.NamesOf(generation, slice), cancellationToken))
        {
            if (PackLayout.NumberOf(there.Name) is not { } number)
                continue;
            segments.AddRange((await PackDirectory.ReadAsync(store, there.Name, cancellationToken)).Segments);
            next = Math.Max(next, number + 1);
        }

        found = segments.ToLookup(s => new PartitionPath(s.Topic, s.Lineage, generation, s.Segment.Partition).Folder, s => s.Segment);
    }

    /// <summary>Makes all segments that have ended durable.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken = default)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            await CommitAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Abandons the pack that is not finished.</summary>
    public async ValueTask DisposeAsync()
    {
        if (pack is not null)
            await pack.DisposeAsync();
        pack = null;
    }

    /// <summary>Begins a segment.</summary>
    internal ISegmentDraft Begin(PartitionPath path, long baseOffset) => new PackedDraft(this, path, baseOffset);

    /// <summary>The segments of a partition in the packs found, in the order of their offsets.</summary>
    internal IReadOnlyList<SegmentReference> FoundOf(PartitionPath path) => [.. found[path.Folder].OrderBy(segment => segment.From)];

    /// <summary>Takes note of where a segment lies that was taken over.</summary>
    /// <param name="segment">Its reference if it stood alone.</param>
    /// <param name="packed">Its reference in the pack.</param>
    internal void Adopt(SegmentReference segment, SegmentReference packed)
    {
        lock (placed)
            placed[segment.Object] = packed;
    }

    /// <summary>The reference that leads to where a segment that has ended lies.</summary>
    /// <param name="segment">Its reference if it stood alone.</param>
    internal SegmentReference Placed(SegmentReference segment)
    {
        lock (placed)
            return placed.TryGetValue(segment.Object, out var packed) ? segment with { Object = packed.Object, Offset = packed.Offset } : segment;
    }

    /// <summary>Takes bytes of a segment into memory; false if it stands alone, and they are for its own object.</summary>
    internal async ValueTask<bool> TryGatherAsync(PackedDraft draft, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            // Another partition's bytes may have displaced it while it waited.
            if (draft.Alone is not null)
                return false;
            if (draft.Length + (long)bytes.Length > policy.PackedSegmentBytes)
            {
                await DisplaceAsync(draft, cancellationToken);
                return false;
            }

            draft.Append(bytes.Span);
            drafts.Add(draft);
            while (drafts.Count > 0 && drafts.Sum(d => (long)d.Capacity) > policy.BufferBytes)
                await DisplaceAsync(drafts.MaxBy(d => d.Capacity)!, cancellationToken);
            return true;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Ends a segment: packs it, or makes it durable where it stands alone.</summary>
    internal async Task CloseAsync(PackedDraft draft, SegmentReference segment, SegmentIndexFiles indexes, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (draft.Alone is null)
                await PackAsync(draft, segment, indexes, cancellationToken);
            else if (unfinished.Contains(draft.Path.Folder))
                await CommitAsync(cancellationToken); // Whoever resumes takes what stands alone for the next one: what comes before it has to be there.
        }
        finally
        {
            gate.Release();
        }

        if (draft.Alone is { } alone)
            await alone.CloseAsync(segment, indexes, cancellationToken);
    }

    /// <summary>Takes a segment out that is of no more interest.</summary>
    internal async Task ForgetAsync(PackedDraft draft)
    {
        await gate.WaitAsync(CancellationToken.None);
        drafts.Remove(draft);
        gate.Release();
    }

    private async Task PackAsync(PackedDraft draft, SegmentReference segment, SegmentIndexFiles indexes, CancellationToken cancellationToken)
    {
        pack ??= await PackUpload.BeginAsync(store, PackLayout.Name(generation, slice, next), cancellationToken);
        Adopt(segment, await pack.AddAsync(draft.Path.Topic, draft.Path.Lineage, segment, draft.Written, indexes, cancellationToken));
        unfinished.Add(draft.Path.Folder);
        drafts.Remove(draft);
        if (pack.Length >= policy.PackBytes)
            await CommitAsync(cancellationToken);
    }

    private async Task DisplaceAsync(PackedDraft draft, CancellationToken cancellationToken)
    {
        drafts.Remove(draft);
        await draft.StandAloneAsync(store, cancellationToken);
    }

    private async Task CommitAsync(CancellationToken cancellationToken)
    {
        if (pack is null)
            return;
        await pack.CommitAsync(cancellationToken);
        await pack.DisposeAsync();
        (pack, next) = (null, next + 1);
        unfinished.Clear();
    }
}
