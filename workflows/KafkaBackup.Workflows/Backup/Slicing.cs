namespace KafkaBackup.Workflows.Backup;

/// <summary>Divides the partitions of a cut among activities: a pure function of the cut, so that a replay divides alike.</summary>
internal static class Slicing
{
    private const int ParallelSlices = 4;
    private const int MaxPartitions = 128;

    /// <summary>
    /// The slices: as many as run in parallel, more where a slice would hold too many partitions; the longest ranges are dealt out first. A
    /// partition with nothing new is in none.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<SlicePartition>> Of(EpochCut cut)
    {
        var partitions = cut.Topics
            .SelectMany(topic => topic.Partitions.Select(p => new SlicePartition(topic.Topic, topic.Lineage, p.Partition, p.LogStart, p.From, p.To)))
            .Where(p => p.To > p.From)
            .OrderByDescending(p => p.To - Math.Max(p.From, p.LogStart))
            .ThenBy(p => p.Topic, StringComparer.Ordinal)
            .ThenBy(p => p.Partition)
            .ToList();
        var count = Math.Min(partitions.Count, Math.Max(ParallelSlices, (partitions.Count + MaxPartitions - 1) / MaxPartitions));
        var slices = Enumerable.Range(0, count).Select(_ => (Offsets: 0L, Partitions: new List<SlicePartition>())).ToArray();
        foreach (var partition in partitions)
        {
            ref var lightest = ref slices[0];
            for (var i = 1; i < slices.Length; i++)
            {
                if (slices[i].Offsets < lightest.Offsets)
                    lightest = ref slices[i];
            }

            lightest.Partitions.Add(partition);
            lightest.Offsets += partition.To - partition.From;
        }

        return [.. slices.Select(s => s.Partitions)];
    }
}
