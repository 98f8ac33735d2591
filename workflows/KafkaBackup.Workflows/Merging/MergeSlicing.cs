using KafkaBackup.Repository.Merging;

namespace KafkaBackup.Workflows.Merging;

/// <summary>Divides the lineages of a merge among activities: a pure function of the plan, so that a replay divides alike.</summary>
internal static class MergeSlicing
{
    /// <summary>A slice that was interrupted is done again from its beginning: it is not to be too large.</summary>
    private const long MostBytes = 4L << 30;

    private const int MostLineages = 256;

    /// <summary>Each slice's partitions are dealt out to so many activities at once.</summary>
    public const int Shares = 2;

    /// <summary>Successive lineages, as they share lists.</summary>
    public static IReadOnlyList<IReadOnlyList<PlannedLineage>> Of(MergePlan plan)
    {
        var slices = new List<List<PlannedLineage>>();
        var bytes = 0L;
        foreach (var lineage in plan.Lineages)
        {
            if (slices.Count == 0 || bytes + lineage.Bytes > MostBytes || slices[^1].Count == MostLineages)
            {
                slices.Add([]);
                bytes = 0;
            }

            slices[^1].Add(lineage);
            bytes += lineage.Bytes;
        }

        return slices;
    }
}
