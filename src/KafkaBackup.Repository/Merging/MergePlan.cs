using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Merging;

/// <summary>What a merge is going to do.</summary>
/// <param name="Number">The number that it will have.</param>
/// <param name="Epoch">The newest epoch; 0 if there is none.</param>
/// <param name="Policy">What is merged, and into what.</param>
/// <param name="Lineages">The lineages that have something to be merged, by topic; none if it is not worth a merge.</param>
/// <param name="Objects">The objects in which what is merged lies, with its indexes; packs may hold other segments as well.</param>
/// <param name="NewObjects">The objects that take their place, about.</param>
public sealed record MergePlan(long Number, long Epoch, MergePolicy Policy, IReadOnlyList<PlannedLineage> Lineages, long Objects, long NewObjects);

/// <summary>What is going to be merged of a lineage.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Lineage">Its life.</param>
/// <param name="Segments">All its segments.</param>
/// <param name="Merged">Of them, those that become fewer.</param>
/// <param name="Bytes">Their bytes, which are read and written.</param>
/// <param name="Expected">How many segments they become, about.</param>
public sealed record PlannedLineage(string Topic, string Lineage, long Segments, long Merged, long Bytes, long Expected);

/// <summary>A share of the work of a merge.</summary>
/// <param name="Slice">The number that the packs are named by; no two shares of a merge have the same.</param>
/// <param name="Number">Which share it is, from 0.</param>
/// <param name="Of">How many shares there are of the same lineages.</param>
public readonly record struct MergeShare(int Slice, int Number, int Of)
{
    /// <summary>All of the work.</summary>
    public static MergeShare Whole { get; } = new(0, 0, 1);
}

/// <summary>What became of a lineage, or of a share of its partitions.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Lineage">Its life.</param>
/// <param name="Runs">The runs that were merged.</param>
/// <param name="Damages">The runs that were left alone, as something of them is damaged.</param>
public sealed record MergedLineage(string Topic, string Lineage, IReadOnlyList<MergedRun> Runs, IReadOnlyList<MergeDamage> Damages);

/// <summary>Segments that were merged, and what they have become.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="From">The first offset that they cover.</param>
/// <param name="To">The offset after the last.</param>
/// <param name="Sources">How many they were.</param>
/// <param name="Segments">The new segments.</param>
public sealed record MergedRun(int Partition, long From, long To, int Sources, IReadOnlyList<SegmentReference> Segments);

/// <summary>Damage that a merge has met.</summary>
/// <param name="Object">The object.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="From">The first offset concerned.</param>
/// <param name="To">The offset after the last.</param>
/// <param name="Problem">What is wrong.</param>
public sealed record MergeDamage(string Object, string Topic, int Partition, long From, long To, string Problem);
