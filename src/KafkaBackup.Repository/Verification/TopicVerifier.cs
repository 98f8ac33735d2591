using System.Runtime.CompilerServices;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>
/// Verifies what epochs say of their topics against the segments that they add. What epochs and lists say is verified in their order; reading segments is work that is handed out, for others
/// to do side by side.
/// </summary>
internal sealed class TopicVerifier(IObjectStore store, SegmentWork work, int parallel, VerificationLog log)
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
            .Where(topic => isSelected(topic.Journal) && epoch.Lists.ContainsKey(topic.Journal))
            .Select(topic => (epoch.Lists[topic.Journal].Lists, states.GetValueOrDefault(topic.Journal))));
        foreach (var topic in epoch.Core.Topics.Where(topic => isSelected(topic.Journal)))
        {
            if (!epoch.Lists.TryGetValue(topic.Journal, out var lists) || lists.Epoch != epoch.Sequence)
            {
                Found(topic, null, "its lists do not say where the topic's data is");
                continue;
            }

            await foreach (var segments in VerifyAsync(topic, lists.Lists, isContinued, cancellationToken))
                yield return segments;
        }

        // What the epoch does not hold is only carried over; unless epochs that were removed held it.
        foreach (var (key, lists) in epoch.Lists.Where(list => list.Value.Epoch != epoch.Sequence && isSelected(list.Key)))
        {
            if (!states.TryGetValue(key, out var state) || state.Pending is not [.., var last])
                continue;
            state.Pending.RemoveAt(state.Pending.Count - 1);
            await foreach (var segments in VerifyAsync(last, lists.Lists, isContinued: false, cancellationToken))
                yield return segments;
        }

        foreach (var (key, lists) in epoch.Lists.Where(list => list.Value.Epoch != epoch.Sequence && isSelected(list.Key)))
        {
            if (states.TryGetValue(key, out var state) && isContinued && !state.Lists.SequenceEqual(lists.Lists))
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
        {
            var state = StateOf(topic);
            foreach (var partition in topic.Partitions)
            {
                if (isContinued && state.Positions.TryGetValue(partition.Partition, out var reached) && reached != partition.From)
                    log.Found(new VerificationFinding(
                        RepositoryNames.Stub(core.Sequence), $"it begins at {partition.From}, and the epoch before ended at {reached}", core.Sequence, topic.Name, partition.Partition, partition.From, partition.To));
                state.Positions[partition.Partition] = partition.To;
            }

            state.Pending.Add(topic);
        }
    }

    private JournalState StateOf(TopicEpoch topic) => states.TryGetValue(topic.Journal, out var state) ? state : states[topic.Journal] = new JournalState();

    private async IAsyncEnumerable<Func<CancellationToken, Task>> VerifyAsync(
        TopicEpoch topic, IReadOnlyList<string> lists, bool isContinued, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var state = StateOf(topic);
        var before = state.Positions.ToDictionary();
        var (added, isComplete) = await journals.VerifyAsync(topic.Name, topic.Lineage, lists, state, cancellationToken);
        var logStarts = topic.Partitions.ToDictionary(partition => partition.Partition, partition => partition.LogStart);
        var byPartition = added.GroupBy(segment => segment.Partition).ToDictionary(group => group.Key, group => new Queue<SegmentReference>(group.OrderBy(segment => segment.From)));
        foreach (var (removed, partition) in state.Pending.SelectMany(removed => removed.Partitions.Select(partition => (removed, partition))))
        {
            var own = new List<SegmentReference>();
            while (byPartition.TryGetValue(partition.Partition, out var rest) && rest.TryPeek(out var next) && next.To <= partition.To)
                own.Add(rest.Dequeue());
            if (Verify(removed, partition, own, isComplete, isContinued: true, logStarts.GetValueOrDefault(partition.Partition)) is { } segments)
                yield return segments;
        }

        state.Pending.Clear();
        foreach (var partition in topic.Partitions)
        {
            if (isContinued && before.TryGetValue(partition.Partition, out var reached) && reached != partition.From)
                Found(topic, partition, $"it begins at {partition.From}, and the epoch before ended at {reached}");
            state.Positions[partition.Partition] = partition.To;
            if (Verify(topic, partition, [.. byPartition.GetValueOrDefault(partition.Partition, [])], isComplete, isContinued, partition.LogStart) is { } segments)
                yield return segments;
        }

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
