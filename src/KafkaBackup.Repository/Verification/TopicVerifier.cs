using System.Runtime.CompilerServices;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>
/// Verifies what epochs say of their topics against the segments that they add. What epochs and lists say is verified in their order; reading segments is work that is handed out, for others
/// to do side by side.
/// </summary>
internal sealed class TopicVerifier(IObjectStore store, SegmentWork work, MergeView merges, int parallel, VerificationLog log)
{
    private readonly JournalVerifier journals = new(store, parallel - 1, log);
    private readonly Dictionary<string, JournalState> states = new(StringComparer.Ordinal);

    /// <param name="epoch">The epoch.</param>
    /// <param name="isContinued">Whether the epoch before could be read; if not, what it added turns up here.</param>
    /// <param name="isSelected">Whether a journal is to be verified.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    /// <returns>The work on the epoch's segments.</returns>
    public async IAsyncEnumerable<Func<CancellationToken, Task>> VerifyAsync(
        Epoch epoch, bool isContinued, Func<string, bool> isSelected, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        journals.Expect(epoch.Core.Topics
            .Where(topic => isSelected(topic.Journal) && epoch.Lists.ContainsKey(topic.Journal) && merges.Of(topic.Journal, epoch.Sequence) is null)
            .Select(topic => (epoch.Lists[topic.Journal].Lists, states.GetValueOrDefault(topic.Journal))));
        foreach (var topic in epoch.Core.Topics.Where(topic => isSelected(topic.Journal)))
        {
            if (!epoch.Lists.TryGetValue(topic.Journal, out var lists) || lists.Epoch != epoch.Sequence)
            {
                Found(topic, null, "its lists do not say where the topic's data is");
                continue;
            }

            if (merges.Of(topic.Journal, epoch.Sequence) is not null)
            {
                Wait(epoch.Core, topic, RepositoryNames.Epoch(epoch.Sequence), isContinued).ReadBy(epoch.Sequence);
                continue;
            }

            await foreach (var segments in VerifyAsync(topic, lists.Lists, isContinued, cancellationToken))
                yield return segments;
        }

        // What the epoch does not hold is only carried over; unless epochs that were removed held it.
        foreach (var (key, lists) in epoch.Lists.Where(list => list.Value.Epoch != epoch.Sequence && isSelected(list.Key)))
        {
            if (!states.TryGetValue(key, out var state))
                continue;
            if (merges.Of(key, epoch.Sequence) is not null)
            {
                state.ReadBy(epoch.Sequence);
                continue;
            }

            if (state.Pending.Count > 0 || (state.IsMerged && !state.Lists.SequenceEqual(lists.Lists)))
            {
                state.ReadBy(epoch.Sequence);
                foreach (var segments in await VerifyAsync(key, state, lists.Lists, RepositoryNames.Epoch(epoch.Sequence), cancellationToken))
                    yield return segments;
            }
            else if (isContinued && !state.Lists.SequenceEqual(lists.Lists))
                log.Found(new VerificationFinding(RepositoryNames.Epoch(log.Epoch), $"the lists of {key} are not those of the epoch before", log.Epoch, key[..key.IndexOf('/')]));
        }

        foreach (var pack in work.TakePacks())
            yield return pack;
    }

    /// <summary>Forgets what earlier epochs have said: the next one does not follow them, and all that it leads to is verified, whether or not some of it was before.</summary>
    public void Forget() => states.Clear();

    /// <summary>Takes note of an epoch that was removed.</summary>
    public void Pass(EpochCore core, bool isContinued, Func<string, bool> isSelected)
    {
        foreach (var topic in core.Topics.Where(topic => isSelected(topic.Journal)))
            Wait(core, topic, RepositoryNames.Stub(core.Sequence), isContinued);
    }

    /// <summary>Verifies what is read by the lists of merges that no later epoch is read by.</summary>
    /// <param name="sequence">The last epoch that was taken note of.</param>
    /// <param name="isLast">Whether none will follow.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    /// <returns>The work on the segments.</returns>
    public async IAsyncEnumerable<Func<CancellationToken, Task>> EndAsync(long sequence, bool isLast, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ended = states.Where(state => state.Value.ReadByMerge is not null).Select(state => (Key: state.Key, State: state.Value, Merged: merges.Of(state.Key, sequence)))
            .Where(ended => ended.Merged is { } merged && (merged.Epoch == sequence || isLast)).OrderBy(ended => ended.Key, StringComparer.Ordinal).ToList();
        journals.Expect(ended.Select(one => (one.Merged!.Lists, (JournalState?)one.State)));
        foreach (var (key, state, merged) in ended)
        {
            log.TurnTo(state.ReadByMerge!.Value);
            foreach (var segments in await VerifyAsync(key, state, merged!.Lists, RepositoryNames.Merge(merges.Newest), cancellationToken))
                yield return segments;
            state.IsMerged = true;
            log.TurnTo(sequence);
        }
    }

    private JournalState Wait(EpochCore core, TopicEpoch topic, string name, bool isContinued)
    {
        var state = StateOf(topic);
        foreach (var partition in topic.Partitions)
        {
            if (isContinued && state.Positions.TryGetValue(partition.Partition, out var reached) && reached != partition.From)
                log.Found(new VerificationFinding(
                    name, $"it begins at {partition.From}, and the epoch before ended at {reached}", core.Sequence, topic.Name, partition.Partition, partition.From, partition.To));
            state.Positions[partition.Partition] = partition.To;
        }

        state.Wait(core.Sequence, topic);
        return state;
    }

    /// <summary>Verifies lists, and what waits for the segments in them.</summary>
    private async Task<IReadOnlyList<Func<CancellationToken, Task>>> VerifyAsync(
        string journal, JournalState state, IReadOnlyList<string> lists, string name, CancellationToken cancellationToken)
    {
        var (topic, lineage) = (journal[..journal.IndexOf('/')], journal[(journal.IndexOf('/') + 1)..]);
        var (references, isComplete, _) = await journals.VerifyAsync(topic, lineage, lists, state, cancellationToken);
        var partitions = state.Join(references).ToList();
        state.Verified();
        return [.. partitions.Select(partition => work.Of(topic, partition, isComplete, name))];
    }

    private JournalState StateOf(TopicEpoch topic) => states.TryGetValue(topic.Journal, out var state) ? state : states[topic.Journal] = new JournalState();

    private async IAsyncEnumerable<Func<CancellationToken, Task>> VerifyAsync(
        TopicEpoch topic, IReadOnlyList<string> lists, bool isContinued, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var state = StateOf(topic);
        var before = state.Positions.ToDictionary();
        var (added, isComplete, goesOn) = await journals.VerifyAsync(topic.Name, topic.Lineage, lists, state, cancellationToken);
        var logStarts = topic.Partitions.ToDictionary(partition => partition.Partition, partition => partition.LogStart);
        var byPartition = added.GroupBy(segment => segment.Partition).ToDictionary(group => group.Key, group => new Queue<SegmentReference>(group.OrderBy(segment => segment.From)));
        // What was merged, or left out by a merge, while epochs that are gone now were there, does not fit each of their ranges alone.
        var isMerged = state.Pending.Count > 0 && merges.Names(topic.Journal);
        var merged = topic.Partitions.Select(partition => partition.Partition).Where(_ => isMerged)
            .Concat(added.Where(segment => segment.IsMerged).Select(segment => segment.Partition)).ToHashSet();
        foreach (var (removed, partition) in state.Pending.SelectMany(removed => removed.Topic.Partitions.Where(p => !merged.Contains(p.Partition)).Select(partition => (removed.Topic, partition))))
        {
            var own = new List<SegmentReference>();
            while (byPartition.TryGetValue(partition.Partition, out var rest) && rest.TryPeek(out var next) && next.To <= partition.To)
                own.Add(rest.Dequeue());
            if (Verify(removed, partition, own, isComplete, isContinued: true, logStarts.GetValueOrDefault(partition.Partition)) is { } segments)
                yield return segments;
        }

        foreach (var partition in topic.Partitions)
        {
            if (isContinued && before.TryGetValue(partition.Partition, out var reached) && reached != partition.From)
                Found(topic, partition, $"it begins at {partition.From}, and the epoch before ended at {reached}");
            state.Positions[partition.Partition] = partition.To;
            if (!merged.Contains(partition.Partition)
                && Verify(topic, partition, [.. byPartition.GetValueOrDefault(partition.Partition, [])], isComplete, isContinued && goesOn, partition.LogStart) is { } segments)
                yield return segments;
        }

        state.Wait(log.Epoch, topic);
        state.ReadBy(log.Epoch);
        foreach (var partition in merged.Count == 0 ? [] : state.Join(added).Where(partition => merged.Contains(partition.Number)))
            yield return work.Of(topic.Name, partition, isComplete, RepositoryNames.Epoch(log.Epoch));
        state.Verified();

        foreach (var strange in byPartition.Keys.Except(topic.Partitions.Select(partition => partition.Partition)))
            Found(topic, null, $"there are segments of partition {strange}, which the epoch does not hold");
    }

    private Func<CancellationToken, Task>? Verify(TopicEpoch topic, PartitionEpoch partition, List<SegmentReference> added, bool isComplete, bool isContinued, long logStart)
    {
        var own = isContinued ? added : [.. added.Where(segment => segment.From >= partition.From)];
        foreach (var problem in isComplete ? PartitionProblems.Of(partition, own, topic.Gaps) : [])
            Found(topic, partition, problem);
        return work.Of(topic.Name, partition, added, own, isComplete, logStart);
    }

    private void Found(TopicEpoch topic, PartitionEpoch? partition, string problem) => log.Found(
        new VerificationFinding(RepositoryNames.Epoch(log.Epoch), problem, log.Epoch, topic.Name, partition?.Partition, partition?.From, partition?.To));
}
