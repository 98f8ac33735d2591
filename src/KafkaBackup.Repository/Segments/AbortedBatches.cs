using System.Runtime.InteropServices;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Segments;

/// <summary>
/// Brings aborted ranges into their one form. Where a range is said to begin and end depends on which response it came with; which batches it covers does not.
/// So what is kept for a
/// segment are, per producer, the longest runs of aborted batches, from the first one's base to the last one's last offset. Source: FORMAT.md, "Lists".
/// </summary>
internal sealed class AbortedBatches
{
    private readonly Dictionary<long, List<AbortedRange>> known = [];
    private readonly Dictionary<long, AbortedRange> going = [];
    private readonly List<AbortedRange> ended = [];

    /// <summary>Learns ranges; the later batches that they cover are aborted.</summary>
    public void Learn(IReadOnlyList<AbortedRange> ranges)
    {
        foreach (var range in ranges)
        {
            ref var ofProducer = ref CollectionsMarshal.GetValueRefOrAddDefault(known, range.ProducerId, out _);
            ofProducer ??= [];
            // Each fetch names again what goes on: the list grows with the transactions, not with the fetches.
            var same = ofProducer.FindIndex(other => other.First == range.First);
            if (same < 0)
                ofProducer.Add(range);
            else if (ofProducer[same].Last < range.Last)
                ofProducer[same] = range;
        }
    }

    /// <summary>Takes the segment's next batch.</summary>
    public void Add(in BatchHeader batch)
    {
        if (!batch.IsTransactional || batch.IsControl || (known.Count == 0 && going.Count == 0))
            return;
        if (IsAborted(batch))
            going[batch.ProducerId] = new AbortedRange(
                batch.ProducerId, going.TryGetValue(batch.ProducerId, out var run) ? run.First : batch.BaseOffset, batch.LastOffset);
        else if (going.Remove(batch.ProducerId, out var over))
            ended.Add(over);
    }

    /// <summary>The aborted ranges of the segment that ends before <paramref name="nextOffset"/>, by first offset, then producer; what no later batch needs is
    /// forgotten.</summary>
    public IReadOnlyList<AbortedRange> EndSegment(long nextOffset)
    {
        AbortedRange[] ranges = [.. ended, .. going.Values];
        Array.Sort(ranges, (x, y) => x.First != y.First ? x.First.CompareTo(y.First) : x.ProducerId.CompareTo(y.ProducerId));
        ended.Clear();
        going.Clear();
        foreach (var (producer, ofProducer) in known)
        {
            ofProducer.RemoveAll(range => range.Last < nextOffset);
            if (ofProducer.Count == 0)
                known.Remove(producer);
        }

        return ranges;
    }

    private bool IsAborted(in BatchHeader batch)
    {
        if (!known.TryGetValue(batch.ProducerId, out var ofProducer))
            return false;
        for (var i = ofProducer.Count - 1; i >= 0; i--)
        {
            if (ofProducer[i].Covers(batch))
                return true;
            if (ofProducer[i].Last < batch.BaseOffset)
                ofProducer.RemoveAt(i);
        }

        return false;
    }
}
