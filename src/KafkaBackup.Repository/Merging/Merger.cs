using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Merging;

/// <summary>
/// Makes large segments of small ones, in steps of which each can be repeated: the plan, lineage after lineage, the commit. Until that one nothing is changed, and it removes
/// nothing. Calls come one at a time. Source: FORMAT.md, "Merges".
/// </summary>
/// <param name="repository">The repository.</param>
public sealed class Merger(BackupRepository repository)
{
    /// <summary>A segment that stands alone is a log with two indexes, or three.</summary>
    private const int ObjectsOfSegment = 3;

    /// <summary>Epochs that were read: a large manifest is not read again for each lineage.</summary>
    private readonly Dictionary<long, EpochCore> cores = [];
    private (MergePlan? Plan, Epoch? Epoch) basis;

    /// <summary>Finds what is worth a merge. Nothing is changed.</summary>
    /// <param name="policy">What is merged, and into what.</param>
    /// <param name="isSelected">Whether a topic is to be merged; null for all.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<MergePlan> PlanAsync(MergePolicy policy, Func<string, bool>? isSelected = null, CancellationToken cancellationToken = default)
    {
        // The number first: a merge that is committed from here on has it, and this one is told.
        var number = await repository.NewestMergeAsync(cancellationToken) + 1;
        var lineages = new List<PlannedLineage>();
        var objects = new HashSet<string>(StringComparer.Ordinal);
        var (alone, packed) = (0L, 0L);
        if (await repository.LatestAsync(number - 1, cancellationToken) is not { } epoch)
            return new MergePlan(number, 0, policy, lineages, 0, 0);
        foreach (var (topic, lineage) in epoch.Lists.Keys.Order(StringComparer.Ordinal).Select(LineageOf).Where(key => isSelected?.Invoke(key.Topic) != false))
        {
            var (references, runs) = await FindAsync(epoch, topic, lineage, policy, cancellationToken);
            if (runs.Count == 0)
                continue;
            var merged = runs.SelectMany(run => run).ToList();
            lineages.Add(new PlannedLineage(
                topic, lineage, references.Count, merged.Count, merged.Sum(segment => segment.Length),
                runs.Sum(run => ExpectedOf(run.Sum(segment => segment.Length), policy))));
            objects.UnionWith(merged.SelectMany(SegmentIndexObjects.NamesOf));
            foreach (var bytes in runs.Select(run => run.Sum(segment => segment.Length)))
                (alone, packed) = bytes > policy.PackedSegmentBytes ? (alone + ExpectedOf(bytes, policy), packed) : (alone, packed + bytes);
        }

        return new MergePlan(number, epoch.Sequence, policy, lineages, objects.Count, (alone * ObjectsOfSegment) + ((packed + policy.ToSegments().PackBytes - 1) / policy.ToSegments().PackBytes));
    }

    /// <summary>Writes the new segments of lineages, or of a share of their partitions. Done again, it writes the same ones.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="lineages">Some of its lineages, in their order.</param>
    /// <param name="generation">The merge's run.</param>
    /// <param name="share">Which share: runs of segments are dealt out to the shares in turn. Each writes packs of its own.</param>
    /// <param name="read">Told the bytes that are done, source after source.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<IReadOnlyList<MergedLineage>> MergeAsync(
        MergePlan plan, IReadOnlyList<PlannedLineage> lineages, string generation, MergeShare share, Action<long>? read = null, CancellationToken cancellationToken = default)
    {
        var epoch = await BasisAsync(plan, cancellationToken);
        // One run after the other: so packs hold the same each time.
        await using var packs = new SegmentPacks(repository.Store, generation, share.Slice, plan.Policy.ToSegments());
        var merged = new List<MergedLineage>();
        foreach (var lineage in lineages)
        {
            var (runs, damages) = (new List<MergedRun>(), new List<MergeDamage>());
            foreach (var run in (await FindAsync(epoch, lineage.Topic, lineage.Lineage, plan.Policy, cancellationToken)).Runs.Where((_, number) => number % share.Of == share.Number))
            {
                var path = new PartitionPath(lineage.Topic, lineage.Lineage, generation, run[0].Partition);
                try
                {
                    var segments = await new RunMerger(repository.Store, path, plan.Policy.ToSegments(), packs).RunAsync(run, bytes => read?.Invoke(bytes), cancellationToken);
                    runs.Add(new MergedRun(path.Partition, run[0].From, run[^1].To, run.Count, segments));
                }
                catch (DamagedSegmentException e)
                {
                    damages.Add(new MergeDamage(e.Name, e.Topic, e.Partition, e.From, e.To, e.Problem));
                }
            }

            merged.Add(new MergedLineage(lineage.Topic, lineage.Lineage, runs, damages));
        }

        await packs.FlushAsync(cancellationToken);
        return merged;
    }

    /// <summary>Commits what was merged. Repeating an interrupted commit of the same run is success.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="merged">What was merged of its lineages, by all shares.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Stops the call; whether the merge is committed is then unknown, and repeating tells.</param>
    /// <returns>The merge; null if nothing could be merged.</returns>
    /// <exception cref="MergeConflictException">Another merge was faster, or what this one wrote has been removed.</exception>
    public async Task<Merge?> CommitAsync(MergePlan plan, IReadOnlyList<MergedLineage> merged, MergeRun run, CancellationToken cancellationToken = default)
    {
        var epoch = await BasisAsync(plan, cancellationToken);
        var before = await repository.ReadMergedAsync(plan.Number - 1, cancellationToken);
        var (needs, carried) = await NeedsAsync(plan.Epoch, merged.Select(lineage => $"{lineage.Topic}/{lineage.Lineage}").ToHashSet(StringComparer.Ordinal), before, cancellationToken);
        var journals = new List<ListedSegments>();
        foreach (var shares in merged.GroupBy(lineage => (lineage.Topic, lineage.Lineage)).OrderBy(shares => shares.Key.Topic, StringComparer.Ordinal).ThenBy(shares => shares.Key.Lineage, StringComparer.Ordinal))
        {
            var ((topic, lineage), runs) = (shares.Key, shares.SelectMany(share => share.Runs).ToList());
            if (runs.Count == 0)
                continue;
            var journal = $"{topic}/{lineage}";
            var references = (await repository.ReadJournalAsync(topic, lineage, epoch.Lists[journal].Lists, cancellationToken))
                .Where(segment => needs[journal].Exists(held => held.TryGetValue(segment.Partition, out var offsets) && offsets.Needs(segment)));
            journals.Add(new ListedSegments(topic, lineage, Successors(references, runs)));
        }

        return journals.Count == 0 ? null : await repository.CommitMergeAsync(plan.Number, plan.Epoch, journals, carried, run, cancellationToken);
    }

    /// <summary>How many objects what was merged lies in, with its indexes.</summary>
    public static int ObjectsOf(IEnumerable<MergedLineage> merged) =>
        merged.SelectMany(lineage => lineage.Runs).SelectMany(run => run.Segments).SelectMany(SegmentIndexObjects.NamesOf).Distinct(StringComparer.Ordinal).Count();

    private static long ExpectedOf(long bytes, MergePolicy policy) => Math.Max(1, (bytes + policy.SegmentBytes - 1) / policy.SegmentBytes);

    /// <summary>References with those that were merged replaced, by partition and offset.</summary>
    private static IReadOnlyList<SegmentReference> Successors(IEnumerable<SegmentReference> references, IReadOnlyList<MergedRun> runs)
    {
        var byPartition = runs.ToLookup(run => run.Partition);
        return [.. references.Where(segment => !byPartition[segment.Partition].Any(run => segment.From >= run.From && segment.To <= run.To))
            .Concat(runs.SelectMany(run => run.Segments))
            .OrderBy(segment => segment.Partition).ThenBy(segment => segment.From)];
    }

    /// <summary>The newest epoch as it was read by when the plan was made.</summary>
    private async Task<Epoch> BasisAsync(MergePlan plan, CancellationToken cancellationToken)
    {
        if (basis.Plan != plan)
            basis = (plan, await repository.ReadEpochAsync(plan.Epoch, plan.Number - 1, cancellationToken));
        return basis.Epoch!;
    }

    private async Task<(IReadOnlyList<SegmentReference> References, IReadOnlyList<IReadOnlyList<SegmentReference>> Runs)> FindAsync(
        Epoch epoch, string topic, string lineage, MergePolicy policy, CancellationToken cancellationToken)
    {
        var lists = epoch.Lists[$"{topic}/{lineage}"];
        var holder = lists.Epoch == epoch.Sequence ? epoch.Core
            : cores.TryGetValue(lists.Epoch, out var read) ? read : cores[lists.Epoch] = await repository.ReadCoreAsync(lists.Epoch, cancellationToken);
        var held = holder.Topics.Single(t => t.Name == topic && t.Lineage == lineage).Partitions.ToDictionary(p => p.Partition, p => new HeldOffsets(p.LogStart, p.To));
        var references = await repository.ReadJournalAsync(topic, lineage, lists.Lists, cancellationToken);
        return (references, MergeRuns.Of(references, held, policy));
    }

    /// <summary>For each lineage, what each of the epochs that are read by the merge's lists holds of it; and what the merge before says of other lineages that an epoch is still read by.</summary>
    private async Task<(Dictionary<string, List<IReadOnlyDictionary<int, HeldOffsets>>> Needs, IReadOnlyDictionary<string, MergedLists> Carried)> NeedsAsync(
        long newest, IReadOnlySet<string> journals, IReadOnlyDictionary<string, MergedLists> before, CancellationToken cancellationToken)
    {
        var facts = await repository.ReadEpochsAsync(
            epoch => (
                epoch.Sequence,
                Holders: epoch.OwnLists.Where(list => journals.Contains(list.Key)).Select(list => (Journal: list.Key, list.Value.Epoch)).ToList(),
                Merged: epoch.OwnLists.Keys.Where(key => before.TryGetValue(key, out var merged) && merged.Epoch >= epoch.Sequence).ToList(),
                Held: EpochFacts.HeldBy(epoch.Core).Where(held => journals.Contains(held.Key)).ToDictionary()),
            cancellationToken);
        var held = facts.ToDictionary(epoch => epoch.Sequence, epoch => epoch.Held);
        var needs = journals.ToDictionary(journal => journal, _ => new List<IReadOnlyDictionary<int, HeldOffsets>>(), StringComparer.Ordinal);
        foreach (var (journal, holder) in facts.Where(epoch => epoch.Sequence <= newest).SelectMany(epoch => epoch.Holders).Distinct())
        {
            if (!held.TryGetValue(holder, out var holds))
                held[holder] = holds = EpochFacts.HeldBy(await repository.ReadCoreAsync(holder, cancellationToken)).ToDictionary();
            needs[journal].Add(holds[journal]);
        }

        var readByMerges = facts.SelectMany(epoch => epoch.Merged).ToHashSet(StringComparer.Ordinal);
        return (needs, before.Where(merged => readByMerges.Contains(merged.Key)).ToDictionary());
    }

    private static (string Topic, string Lineage) LineageOf(string journal) => (journal[..journal.IndexOf('/')], journal[(journal.IndexOf('/') + 1)..]);
}
