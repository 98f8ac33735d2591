using KafkaBackup.Repository.Merging;
using KafkaBackup.Workflows.Backup;

namespace KafkaBackup.Workflows.Merging;

/// <summary>What is asked of a merge: the input of <see cref="MergeRepository"/>. It names a connection and holds no secret.</summary>
public sealed record MergeRequest
{
    /// <summary>The repository: a named connection, or <c>KIND:PLACE</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Selectors of the topics; empty for all.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>Where a new segment begins, in bytes, up to 2147483647; null for 1 GiB. Segments of half of it or more are left as they are.</summary>
    public long? SegmentBytes { get; init; }

    /// <summary>The fewest neighbouring segments of a partition that are merged, 2 or more; null for 4.</summary>
    public int? LeastSegments { get; init; }

    /// <summary>Plans, and writes nothing.</summary>
    public bool DryRun { get; init; }

    internal MergePolicy Policy()
    {
        var usual = new MergePolicy();
        return usual with { SegmentBytes = SegmentBytes ?? usual.SegmentBytes, LeastSegments = LeastSegments ?? usual.LeastSegments };
    }
}

/// <summary>A plan, and the run that carries it out.</summary>
/// <param name="Generation">The name of this run in the repository.</param>
/// <param name="Plan">What is going to be merged.</param>
public sealed record PlannedMerge(string Generation, MergePlan Plan)
{
    /// <summary>Where the plan's lineages lie, where they are too many for a history.</summary>
    public HandedOver? Stored { get; init; }

    /// <summary>How many slices they make then.</summary>
    public int Slices { get; init; }
}

/// <summary>A slice of a merge's lineages: the input of <see cref="MergeSegments"/>.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="Planned">The plan; its lineages are those of the slice, or lie in the repository.</param>
/// <param name="Number">Which slice it is.</param>
/// <param name="Share">Which share of its partitions.</param>
public sealed record MergeSlice(MergeRequest Request, PlannedMerge Planned, int Number, int Share);

/// <summary>What was merged of a slice.</summary>
/// <param name="Lineages">Each lineage with its new segments, and the damage that was met.</param>
public sealed record MergedSlice(IReadOnlyList<MergedLineage> Lineages)
{
    /// <summary>Where they lie, where they are too many for a history.</summary>
    public HandedOver? Stored { get; init; }
}

/// <summary>Everything that a merge's commit is made of: the input of <see cref="SealMerge"/>.</summary>
public sealed record SealMergeRequest(MergeRequest Request, PlannedMerge Planned, IReadOnlyList<MergedSlice> Slices, string InstanceId, DateTimeOffset StartedAt, DateTimeOffset CommittedAt);

/// <summary>A lineage in a report.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Lineage">Its life.</param>
/// <param name="Segments">The segments that were merged, or would be.</param>
/// <param name="Became">How many they have become; of a plan alone, about.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record MergedTopic(string Topic, string Lineage, long Segments, long Became, long Bytes);

/// <summary>What a merge came to: the output of <see cref="MergeRepository"/>.</summary>
/// <param name="DryRun">Whether nothing was written.</param>
/// <param name="Number">The merge's number; null if there is none: nothing was worth it, or it was only planned.</param>
/// <param name="Epoch">The newest epoch; 0 if there is none.</param>
/// <param name="Topics">What was merged, by topic.</param>
/// <param name="Objects">The objects in which these segments lie, with their indexes; prune removes those that nobody needs then.</param>
/// <param name="NewObjects">The objects that took their place; of a plan alone, at most about so many.</param>
/// <param name="Damages">Damage that was met; what it concerns was left as it is.</param>
public sealed record MergeReport(
    bool DryRun, long? Number, long Epoch, IReadOnlyList<MergedTopic> Topics, long Objects, long NewObjects, IReadOnlyList<MergeDamage> Damages);
