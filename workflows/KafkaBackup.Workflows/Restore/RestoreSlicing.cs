using KafkaBackup.Kafka.Producing;

namespace KafkaBackup.Workflows.Restore;

/// <summary>Divides the partitions of a restore among activities: a pure function of the plan, so that a replay divides alike.</summary>
internal static class RestoreSlicing
{
    private const int ParallelSlices = 4;

    public static IReadOnlyList<IReadOnlyList<SlicedPartition>> Of(RestorePlan plan, PreparedTopics prepared)
    {
        var limits = prepared.Topics.ToDictionary(t => t.Target, t => t.MaxBatchBytes);
        return [.. plan.Topics
            .SelectMany(t => t.Partitions.Select(p => new SlicedPartition(
                t.Source, t.Lineage, t.Target, p.Partition, p.From, p.To, new TransformPolicy(limits[t.Target]))))
            .OrderByDescending(p => p.To - p.From)
            .ThenBy(p => p.Target, StringComparer.Ordinal)
            .ThenBy(p => p.Partition)
            .Select((partition, i) => (partition, i))
            .GroupBy(x => x.i % ParallelSlices, x => x.partition)
            .Select(slice => slice.ToList())];
    }
}
