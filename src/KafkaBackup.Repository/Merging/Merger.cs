using System.Collections.Concurrent;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Merging;

/// <summary>
/// Makes large segments of small ones, in steps of which each can be repeated: the plan, lineage after lineage, the commit. Until that one nothing is changed, and it removes
/// nothing. Source: FORMAT.md, "Merges".
/// </summary>
/// <param name="repository">The repository.</param>
public sealed class Merger(BackupRepository repository)
{
    private const int ParallelRuns = 2;

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
        if (await repository.LatestAsync(number - 1, cancellationToken) is not { } epoch)
            return new MergePlan(number, 0, policy, lineages, 0);
        foreach (var (topic, lineage) in epoch.Lists.Keys.Order(StringComparer.Ordinal).Select(LineageOf).Where(key => isSelected?.Invoke(key.Topic) != false))
        {
            var (references, runs) = await FindAsync(epoch, topic, lineage, policy, cancellationToken);
            if (runs.Count == 0)
                continue;
            var merged = runs.SelectMany(run => run).ToList();
            lineages.Add(new PlannedLineage(
                topic, lineage, references.Count, merged.Count, merged.Sum(segment => segment.Length),
                runs.Sum(run => Math.Max(1, (run.Sum(segment => segment.Length) + policy.SegmentBytes - 1) / policy.SegmentBytes))));
            objects.UnionWith(merged.SelectMany(SegmentIndexObjects.NamesOf));
        }

        return new MergePlan(number, epoch.Sequence, policy, lineages, objects.Count);
    }

    /// <summary>Writes the new segments of a lineage. Done again, it writes the same ones.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="lineage">Its life.</param>
    /// <param name="generation">The merge's run.</param>
    /// <param name="read">Told the bytes that are done, source after source; called from several threads.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<MergedLineage> MergeAsync(
        MergePlan plan, string topic, string lineage, string generation, Action<long>? read = null, CancellationToken cancellationToken = default)
    {
        var epoch = await repository.ReadEpochAsync(plan.Epoch, plan.Number - 1, cancellationToken);
        var (_, runs) = await FindAsync(epoch, topic, lineage, plan.Policy, cancellationToken);
        var merged = new ConcurrentBag<MergedRun>();
        var damages = new ConcurrentBag<MergeDamage>();
        await Parallel.ForEachAsync(runs, new ParallelOptions { MaxDegreeOfParallelism = ParallelRuns, CancellationToken = cancellationToken }, async (run, cancellation) =>
        {
            var path = new PartitionPath(topic, lineage, generation, run[0].Partition);
            try
            {
                var segments = await new RunMerger(repository.Store, path, plan.Policy.ToSegments()).RunAsync(run, bytes => read?.Invoke(bytes), cancellation);
                merged.Add(new MergedRun(path.Partition, run[0].From, run[^1].To, run.Count, segments));
            }
            catch (DamagedSegmentException e)
            {
                damages.Add(new MergeDamage(e.Name, e.Topic, e.Partition, e.From, e.To, e.Problem));
            }
        });
        return new MergedLineage(
            topic, lineage, [.. merged.OrderBy(run => run.Partition).ThenBy(run => run.From)], [.. damages.OrderBy(damage => damage.Partition).ThenBy(damage => damage.From)]);
    }

    /// <summary>Commits what was merged. Repeating an interrupted commit of the same run is success.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="merged">What was merged of its lineages.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Stops the call; whether the merge is committed is then unknown, and repeating tells.</param>
    /// <returns>The merge; null if nothing could be merged.</returns>
    /// <exception cref="MergeConflictException">Another merge was faster, or what this one wrote has been removed.</exception>
    public async Task<Merge?> CommitAsync(MergePlan plan, IReadOnlyList<MergedLineage> merged, MergeRun run, CancellationToken cancellationToken = default)
    {
        var epoch = await repository.ReadEpochAsync(plan.Epoch, plan.Number - 1, cancellationToken);
        var needs = await NeedsAsync(plan.Epoch, merged.Select(lineage => $"{lineage.Topic}/{lineage.Lineage}").ToHashSet(StringComparer.Ordinal), cancellationToken);
        var journals = new List<ListedSegments>();
        foreach (var lineage in merged.Where(lineage => lineage.Runs.Count > 0).OrderBy(lineage => lineage.Topic, StringComparer.Ordinal).ThenBy(lineage => lineage.Lineage, StringComparer.Ordinal))
        {
            var journal = $"{lineage.Topic}/{lineage.Lineage}";
            var references = (await repository.ReadJournalAsync(lineage.Topic, lineage.Lineage, epoch.Lists[journal].Lists, cancellationToken))
                .Where(segment => needs[journal].Exists(held => held.TryGetValue(segment.Partition, out var offsets) && offsets.Needs(segment)));
            journals.Add(new ListedSegments(lineage.Topic, lineage.Lineage, Successors(references, lineage.Runs)));
        }

        return journals.Count == 0 ? null : await repository.CommitMergeAsync(plan.Number, plan.Epoch, journals, run, cancellationToken);
    }

    /// <summary>References with those that were merged replaced, by partition and offset.</summary>
    private static IReadOnlyList<SegmentReference> Successors(IEnumerable<SegmentReference> references, IReadOnlyList<MergedRun> runs)
    {
        var byPartition = runs.ToLookup(run => run.Partition);
        return [.. references.Where(segment => !byPartition[segment.Partition].Any(run => segment.From >= run.From && segment.To <= run.To))
            .Concat(runs.SelectMany(run => run.Segments))
            .OrderBy(segment => segment.Partition).ThenBy(segment => segment.From)];
    }

    private async Task<(IReadOnlyList<SegmentReference> References, IReadOnlyList<IReadOnlyList<SegmentReference>> Runs)> FindAsync(
        Epoch epoch, string topic, string lineage, MergePolicy policy, CancellationToken cancellationToken)
    {
        var lists = epoch.Lists[$"{topic}/{lineage}"];
        var holder = lists.Epoch == epoch.Sequence ? epoch.Core : await repository.ReadCoreAsync(lists.Epoch, cancellationToken);
        var held = holder.Topics.Single(t => t.Name == topic && t.Lineage == lineage).Partitions.ToDictionary(p => p.Partition, p => new HeldOffsets(p.LogStart, p.To));
        var references = await repository.ReadJournalAsync(topic, lineage, lists.Lists, cancellationToken);
        return (references, MergeRuns.Of(references, held, policy));
    }

    /// <summary>For each lineage, what each of the epochs that are read by the merge's lists holds of it.</summary>
    private async Task<Dictionary<string, List<IReadOnlyDictionary<int, HeldOffsets>>>> NeedsAsync(long newest, IReadOnlySet<string> journals, CancellationToken cancellationToken)
    {
        var facts = await repository.ReadEpochsAsync(
            epoch => (
                epoch.Sequence,
                Holders: epoch.OwnLists.Where(list => journals.Contains(list.Key)).Select(list => (Journal: list.Key, list.Value.Epoch)).ToList(),
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

        return needs;
    }

    private static (string Topic, string Lineage) LineageOf(string journal) => (journal[..journal.IndexOf('/')], journal[(journal.IndexOf('/') + 1)..]);
}
