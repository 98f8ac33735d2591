using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Segments;

/// <summary>
/// Cuts a partition's batches into segments and counts them. It does no input or output, so that writing them and taking over
/// what an earlier attempt wrote are the same calculation.
/// </summary>
internal sealed class PartitionTally(PartitionPath path, long from, SegmentPolicy policy) : IDisposable
{
    private readonly SegmentHashes hashes = new();
    private readonly AbortedBatches aborted = new();
    private readonly List<SegmentReference> closed = [];
    private SegmentTally? segment;

    /// <summary>The segment that is not closed yet.</summary>
    public SegmentTally? Open { get; private set; }

    /// <summary>The first offset that no batch has covered yet.</summary>
    public long NextOffset => segment?.NextOffset ?? from;

    /// <summary>Whether a segment has to be begun for this batch: the one before ends here, or there is none.</summary>
    public bool BeginsSegment(in BatchHeader batch) => segment is null || segment.EndsBefore(batch);

    public void LearnAborted(IReadOnlyList<AbortedRange> ranges) => aborted.Learn(ranges);

    /// <summary>Takes the next batch's bytes for checksums; they may be several batches' of one segment.</summary>
    public void Hash(ReadOnlySpan<byte> bytes) => hashes.Append(bytes);

    /// <exception cref="InvalidBatchException">The batch does not come after the ones before.</exception>
    public void CheckOrder(in BatchHeader batch)
    {
        if (segment is null ? batch.LastOffset < from : batch.BaseOffset < segment.NextOffset)
            throw new InvalidBatchException(batch.BaseOffset, $"it ends at {batch.LastOffset}, and the next offset to be stored is {NextOffset}");
    }

    public void Begin(in BatchHeader first) => Open = segment = new SegmentTally(first.SegmentBase(NextOffset), NextOffset, policy);

    public void Add(in BatchHeader batch)
    {
        Open!.Add(batch);
        aborted.Add(batch);
    }

    /// <summary>Ends the open segment with the aborted ranges known by now. The reference leads to where it would stand alone.</summary>
    public SegmentReference Close()
    {
        var reference = Open!.Close(path.Partition, path.Segment(Open.Base), hashes.EndSegment(), aborted.EndSegment(Open.NextOffset));
        closed.Add(reference);
        Open = null;
        return reference;
    }

    /// <summary>The sum of the closed segments, of which the last one reaches to the cut.</summary>
    /// <param name="to">The cut.</param>
    /// <param name="placed">The reference that leads to where a segment lies.</param>
    public PartitionBackup Complete(long to, Func<SegmentReference, SegmentReference> placed)
    {
        if (closed.Count > 0)
            closed[^1] = closed[^1] with { To = to };
        return new PartitionBackup(
            path.Partition,
            from,
            to,
            [.. closed.Select(placed)],
            closed.Sum(reference => reference.Batches),
            closed.Sum(reference => reference.Records),
            closed.Sum(reference => reference.Length),
            closed.Select(reference => reference.MaxTimestamp).DefaultIfEmpty(-1).Max(),
            hashes.Whole());
    }

    public void Dispose() => hashes.Dispose();
}
