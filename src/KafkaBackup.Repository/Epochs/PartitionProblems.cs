using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Epochs;

/// <summary>Compares what an epoch says of a partition with the segments that it adds.</summary>
internal static class PartitionProblems
{
    /// <summary>What does not fit, in words; nothing if all does.</summary>
    /// <param name="partition">The epoch's entry.</param>
    /// <param name="segments">The segments that the epoch adds, in order.</param>
    /// <param name="gaps">The topic's gaps.</param>
    public static IEnumerable<string> Of(PartitionEpoch partition, IReadOnlyList<SegmentReference> segments, IReadOnlyList<PartitionGap> gaps)
    {
        if (partition.From < 0 || partition.To < partition.From)
            yield return $"the range {partition.From} to {partition.To} is none";
        var next = partition.From;
        foreach (var segment in segments)
        {
            if (segment.From != next && !IsGap(next, segment.From))
                yield return $"a segment begins at {segment.From} where {next} was to come";
            next = segment.To;
        }

        if (segments.Count > 0 && next != partition.To && !IsGap(next, partition.To))
            yield return $"the segments end at {next}, and the epoch at {partition.To}";
        var said = (partition.Batches, partition.Records, partition.Bytes, partition.MaxTimestamp);
        var counted = (
            segments.Sum(segment => segment.Batches),
            segments.Sum(segment => segment.Records),
            segments.Sum(segment => segment.Length),
            segments.Select(segment => segment.MaxTimestamp).DefaultIfEmpty(-1).Max());
        if (counted != said)
            yield return $"batches, records, bytes and maximum timestamp are {counted} in the segments, and {said} in the epoch";
        if ((partition.Digest is null) != (segments.Count == 0))
            yield return "a digest is there if, and only if, a segment is";
        if (segments.Count == 1 && segments[0].Sha256 != partition.Digest)
            yield return "the digest is not that of its only segment";

        bool IsGap(long from, long to) => gaps.Any(gap => gap.Partition == partition.Partition && gap.From <= from && gap.To >= to && from < to);
    }
}
