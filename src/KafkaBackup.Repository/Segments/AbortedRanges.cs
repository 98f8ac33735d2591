using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Segments;

/// <summary>Sets of aborted ranges in their one normal form: those of one producer neither overlap nor touch, ordered by first offset, then producer.</summary>
public static class AbortedRanges
{
    /// <summary>The union of the ranges in normal form; the order and overlaps of <paramref name="ranges"/> do not matter.</summary>
    /// <exception cref="ArgumentException">A range ends before it begins.</exception>
    public static IReadOnlyList<AbortedRange> Normalise(IEnumerable<AbortedRange> ranges)
    {
        var sorted = ranges.OrderBy(range => range.ProducerId).ThenBy(range => range.First);
        var merged = new List<AbortedRange>();
        foreach (var range in sorted)
        {
            if (range.Last < range.First)
                throw new ArgumentException($"aborted range of producer {range.ProducerId} ends at {range.Last}, before its first offset {range.First}");
            if (merged.Count > 0 && merged[^1] is var last && last.ProducerId == range.ProducerId && (range.First <= last.Last || range.First == last.Last + 1))
                merged[^1] = last with { Last = Math.Max(last.Last, range.Last) };
            else
                merged.Add(range);
        }

        merged.Sort(ByFirst);
        return merged;
    }

    /// <summary>The parts of the ranges that lie in [<paramref name="from"/>, <paramref name="to"/>), in normal form if the ranges are.</summary>
    public static IReadOnlyList<AbortedRange> Clip(IEnumerable<AbortedRange> ranges, long from, long to)
    {
        var clipped = new List<AbortedRange>();
        foreach (var range in ranges)
        {
            if (range.First < to && range.Last >= from)
                clipped.Add(range with { First = Math.Max(range.First, from), Last = Math.Min(range.Last, to - 1) });
        }

        clipped.Sort(ByFirst);
        return clipped;
    }

    /// <summary>Whether the ranges are in normal form.</summary>
    public static bool AreNormal(IReadOnlyList<AbortedRange> ranges) =>
        ranges.All(range => range.First <= range.Last) && Normalise(ranges).SequenceEqual(ranges);

    private static int ByFirst(AbortedRange x, AbortedRange y) =>
        x.First != y.First ? x.First.CompareTo(y.First) : x.ProducerId.CompareTo(y.ProducerId);
}
