using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Verification;

/// <summary>
/// A partition whose segments hold what several epochs have added: which of the epochs' ranges they cover, and where something is missing. What no epoch needs
/// that is read by them may be missing.
/// </summary>
/// <param name="number">The partition's number.</param>
/// <param name="ranges">What epochs have added, ascending, with the epochs' numbers and their topics' gaps.</param>
/// <param name="segments">The segments, ascending.</param>
/// <param name="needed">What epochs that are read by them need.</param>
/// <param name="end">The cut of the last epoch: what lies above is another one's.</param>
internal sealed class MergedPartition(
    int number, IReadOnlyList<MergedPartition.AddedRange> ranges, IReadOnlyList<SegmentReference> segments, IReadOnlyList<HeldOffsets> needed, long end)
{
    private readonly HashSet<int> incomplete = [];

    /// <summary>A range that an epoch has added.</summary>
    internal sealed record AddedRange(long Epoch, PartitionEpoch Partition, IReadOnlyList<PartitionGap> Gaps);

    /// <summary>The partition's number.</summary>
    public int Number => number;

    /// <summary>What epochs have added, ascending.</summary>
    public IReadOnlyList<AddedRange> Ranges => ranges;

    /// <summary>The segments of which something is to be verified.</summary>
    public IEnumerable<SegmentReference> Segments => segments.Where(segment => segment.From < end);

    /// <summary>Whether any epoch needs a segment that is read by them.</summary>
    public bool Needs(SegmentReference segment) => needed.Any(held => held.Needs(segment));

    /// <summary>The first epoch that something at or above an offset concerns; null if it lies behind all of them.</summary>
    public long? EpochOf(long offset) => ranges.FirstOrDefault(range => range.Partition.To > offset)?.Epoch;

    /// <summary>The ranges of which all batches have to be there.</summary>
    public IEnumerable<int> Complete => Enumerable.Range(0, ranges.Count).Where(range => !incomplete.Contains(range));

    /// <summary>Takes note that offsets can't be read.</summary>
    public void Leave(long from, long to)
    {
        for (var i = 0; i < ranges.Count; i++)
        {
            if (ranges[i].Partition.From < to && ranges[i].Partition.To > from)
                incomplete.Add(i);
        }
    }

    /// <summary>What does not fit of the references, in words; nothing if all does.</summary>
    public IEnumerable<string> Problems()
    {
        if (ranges.Count == 0)
            yield break;
        var next = ranges[0].Partition.From;
        foreach (var segment in Segments)
        {
            if (segment.From < next && segment.From >= ranges[0].Partition.From)
                yield return $"a segment begins at {segment.From} where {next} was to come";
            else if (segment.From > next && FirstMissing(next, segment.From) is { } missing)
                yield return $"a segment begins at {segment.From} where {missing} was to come";
            next = Math.Max(next, segment.To);
        }

        if (next < end && FirstMissing(next, end) is { } last)
            yield return $"the segments end at {last}, and the epochs at {end}";
        if (incomplete.Count > 0 || next > end || segments.Any(segment => segment.From < ranges[0].Partition.From || segment.From >= end))
            yield break;
        var (counted, said) = (Sum(segments.Select(segment => (segment.Batches, segment.Records, segment.Length))), Sum(ranges.Select(range => (range.Partition.Batches, range.Partition.Records, range.Partition.Bytes))));
        if (counted != said)
            yield return $"batches, records and bytes are {counted} in the segments, and {said} in the epochs";
    }

    private static (long Batches, long Records, long Bytes) Sum(IEnumerable<(long Batches, long Records, long Bytes)> counts) =>
        counts.Aggregate((Batches: 0L, Records: 0L, Bytes: 0L), (sum, next) => (sum.Batches + next.Batches, sum.Records + next.Records, sum.Bytes + next.Bytes));

    /// <summary>The first offset of those between segments for which there is no reason to be missing: no gap, no range without a batch, and somebody needs it.</summary>
    private long? FirstMissing(long from, long to)
    {
        for (var at = from; at < to;)
        {
            var next = needed.Where(held => held.To > at).Select(held => (long?)Math.Max(at, held.LogStart)).Min() ?? to;
            if (next > at)
            {
                Leave(at, Math.Min(next, to));
                at = next;
            }
            else if (ranges.SelectMany(range => range.Gaps).FirstOrDefault(gap => gap.From <= at && gap.To > at) is { } gap)
                at = gap.To;
            else if (ranges.FirstOrDefault(range => range.Partition.Batches == 0 && range.Partition.From <= at && range.Partition.To > at) is { } empty)
                at = empty.Partition.To;
            else
                return at;
        }

        return null;
    }
}
