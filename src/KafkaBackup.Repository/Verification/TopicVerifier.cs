using System.Security.Cryptography;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies what epochs say of their topics against the segments that they add.</summary>
internal sealed class TopicVerifier(IObjectStore store, VerificationLevel level, VerificationSubset? subset, MergeView merges, VerificationLog log)
{
    private readonly JournalVerifier journals = new(store, log);
    private readonly SegmentVerifier segments = new(store, log);
    private readonly Dictionary<string, JournalState> states = new(StringComparer.Ordinal);

    /// <param name="epoch">The epoch.</param>
    /// <param name="isContinued">Whether the epoch before could be read; if not, what it added turns up here.</param>
    /// <param name="isSelected">Whether a journal is to be verified.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    public async Task VerifyAsync(Epoch epoch, bool isContinued, Func<string, bool> isSelected, CancellationToken cancellationToken)
    {
        foreach (var topic in epoch.Core.Topics.Where(topic => isSelected(topic.Journal)))
        {
            if (!epoch.Lists.TryGetValue(topic.Journal, out var lists) || lists.Epoch != epoch.Sequence)
                Found(topic, null, "its lists do not say where the topic's data is");
            else if (merges.Of(topic.Journal, epoch.Sequence) is not null)
                Wait(epoch.Core, topic, RepositoryNames.Epoch(epoch.Sequence), isContinued).ReadBy(epoch.Sequence);
            else
                await VerifyAsync(topic, lists.Lists, isContinued, cancellationToken);
        }

        // What the epoch does not hold is only carried over; unless epochs that were removed held it.
        foreach (var (key, lists) in epoch.Lists.Where(list => list.Value.Epoch != epoch.Sequence && isSelected(list.Key)))
        {
            if (!states.TryGetValue(key, out var state))
                continue;
            if (merges.Of(key, epoch.Sequence) is not null)
                state.ReadBy(epoch.Sequence);
            else if (state.Pending.Count > 0)
                await VerifyCarriedAsync(key, state, lists.Lists, cancellationToken);
            else if (state.IsMerged && !state.Lists.SequenceEqual(lists.Lists))
                await VerifyCarriedAsync(key, state, lists.Lists, cancellationToken);
            else if (isContinued && !state.Lists.SequenceEqual(lists.Lists))
                log.Found(new VerificationFinding(RepositoryNames.Epoch(log.Epoch), $"the lists of {key} are not those of the epoch before", log.Epoch, key[..key.IndexOf('/')]));
        }
    }

    /// <summary>Takes note of an epoch that was removed.</summary>
    public void Pass(EpochCore core, bool isContinued, Func<string, bool> isSelected)
    {
        foreach (var topic in core.Topics.Where(topic => isSelected(topic.Journal)))
            Wait(core, topic, RepositoryNames.Stub(core.Sequence), isContinued);
    }

    /// <summary>Verifies what epochs are read by the lists of merges that no later epoch is read by.</summary>
    /// <param name="sequence">The last epoch that was taken note of.</param>
    /// <param name="isLast">Whether none will follow.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    public async Task EndAsync(long sequence, bool isLast, CancellationToken cancellationToken)
    {
        foreach (var (key, state) in states.Where(state => state.Value.ReadByMerge is not null).OrderBy(state => state.Key, StringComparer.Ordinal))
        {
            if (merges.Of(key, sequence) is not { } merge || (merge.Epoch != sequence && !isLast))
                continue;
            log.TurnTo(state.ReadByMerge!.Value);
            var (topic, lineage) = (key[..key.IndexOf('/')], key[(key.IndexOf('/') + 1)..]);
            var (references, isComplete, _) = await journals.VerifyAsync(topic, lineage, merge.Lists[key], state, cancellationToken);
            state.IsMerged = true;
            await VerifyMergedAsync(topic, state, references, isComplete, RepositoryNames.Merge(merge.Number), cancellationToken);
            state.Verified();
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

    /// <summary>Verifies what epochs that were removed have added, by the lists of one that carries the topic over.</summary>
    private async Task VerifyCarriedAsync(string key, JournalState state, IReadOnlyList<string> lists, CancellationToken cancellationToken)
    {
        var (topic, lineage) = (key[..key.IndexOf('/')], key[(key.IndexOf('/') + 1)..]);
        var (added, isComplete, _) = await journals.VerifyAsync(topic, lineage, lists, state, cancellationToken);
        state.ReadBy(log.Epoch);
        await VerifyMergedAsync(topic, state, added, isComplete, RepositoryNames.Epoch(log.Epoch), cancellationToken);
        state.Verified();
    }

    /// <summary>Verifies segments, of which any may hold what several of the waiting epochs have added.</summary>
    private async Task VerifyMergedAsync(
        string topic, JournalState state, IReadOnlyList<SegmentReference> references, bool isComplete, string name, CancellationToken cancellationToken)
    {
        var segmentsOf = references.OrderBy(segment => segment.From).ToLookup(segment => segment.Partition);
        var rangesOf = state.Pending.SelectMany(pending => pending.Topic.Partitions.Select(range => (pending.Epoch, Range: range, pending.Topic.Gaps))).ToLookup(range => range.Range.Partition);
        foreach (var number in segmentsOf.Select(of => of.Key).Union(rangesOf.Select(of => of.Key)).Order())
        {
            List<MergedPartition.AddedRange> ranges = [.. rangesOf[number].Select(of => new MergedPartition.AddedRange(of.Epoch, of.Range, [.. of.Gaps.Where(gap => gap.Partition == number)]))];
            var partition = new MergedPartition(ranges, [.. segmentsOf[number]], state.Needed.GetValueOrDefault(number, []), state.Positions.GetValueOrDefault(number));
            await VerifyMergedAsync(topic, number, partition, ranges, isComplete, name, cancellationToken);
        }
    }

    private async Task VerifyMergedAsync(
        string topic, int number, MergedPartition partition, List<MergedPartition.AddedRange> ranges, bool isComplete, string name, CancellationToken cancellationToken)
    {
        var epoch = log.Epoch;
        foreach (var problem in isComplete ? partition.Problems() : [])
            log.Found(new VerificationFinding(name, problem, epoch, topic, number, ranges[0].Partition.From, ranges[^1].Partition.To));
        using var digests = level == VerificationLevel.Full ? new RangeDigests([.. ranges.Select(range => range.Partition)]) : null;
        foreach (var segment in partition.Segments)
        {
            if (!partition.Needs(segment) && await segments.IsGoneAsync(segment, cancellationToken))
            {
                partition.Leave(segment.From, segment.To);
                continue;
            }

            log.TurnTo(partition.EpochOf(segment.From) ?? epoch);
            var isRead = subset?.Contains(segment) != false;
            if (!await segments.VerifyAsync(topic, segment, isRead ? level : VerificationLevel.Quick, null, digests, cancellationToken) || !isRead)
                partition.Leave(segment.From, segment.To);
            log.TurnTo(epoch);
        }

        if (!isComplete || digests is null)
            return;
        var counted = digests.Complete();
        foreach (var range in partition.Complete.Where(range => counted[range] != RangeDigests.Counts.Of(ranges[range].Partition)))
        {
            log.Found(new VerificationFinding(
                name, $"the batches of epoch {ranges[range].Epoch} are not those that it has added: {counted[range]} instead of {RangeDigests.Counts.Of(ranges[range].Partition)}",
                ranges[range].Epoch, topic, number, ranges[range].Partition.From, ranges[range].Partition.To));
        }
    }

    private JournalState StateOf(TopicEpoch topic) => states.TryGetValue(topic.Journal, out var state) ? state : states[topic.Journal] = new JournalState();

    private async Task VerifyAsync(TopicEpoch topic, IReadOnlyList<string> lists, bool isContinued, CancellationToken cancellationToken)
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
            await VerifyAsync(removed, partition, own, isComplete, isContinued: true, logStarts.GetValueOrDefault(partition.Partition), cancellationToken);
        }

        foreach (var partition in topic.Partitions)
        {
            if (isContinued && before.TryGetValue(partition.Partition, out var reached) && reached != partition.From)
                Found(topic, partition, $"it begins at {partition.From}, and the epoch before ended at {reached}");
            state.Positions[partition.Partition] = partition.To;
            if (!merged.Contains(partition.Partition))
                await VerifyAsync(topic, partition, [.. byPartition.GetValueOrDefault(partition.Partition, [])], isComplete, isContinued && goesOn, partition.LogStart, cancellationToken);
        }

        state.Wait(log.Epoch, topic);
        state.ReadBy(log.Epoch);
        if (merged.Count > 0)
            await VerifyMergedAsync(topic.Name, state.Only(merged), [.. added.Where(segment => merged.Contains(segment.Partition))], isComplete, RepositoryNames.Epoch(log.Epoch), cancellationToken);
        state.Verified();

        foreach (var strange in byPartition.Keys.Except(topic.Partitions.Select(partition => partition.Partition)))
            Found(topic, null, $"there are segments of partition {strange}, which the epoch does not hold");
    }

    private async Task VerifyAsync(
        TopicEpoch topic, PartitionEpoch partition, List<SegmentReference> added, bool isComplete, bool isContinued, long logStart, CancellationToken cancellationToken)
    {
        var own = isContinued ? added : [.. added.Where(segment => segment.From >= partition.From)];
        foreach (var problem in isComplete ? PartitionProblems.Of(partition, own, topic.Gaps) : [])
            Found(topic, partition, problem);

        using var digest = own.Count > 1 && level == VerificationLevel.Full ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var isSound = isComplete;
        foreach (var segment in added)
        {
            // What lies wholly below the log start is no part of this epoch, nor of a later one, and may have been removed.
            if (segment.To <= logStart && await segments.IsGoneAsync(segment, cancellationToken))
            {
                isSound = false;
                continue;
            }

            var isRead = subset?.Contains(segment) != false;
            isSound &= await segments.VerifyAsync(topic.Name, segment, isRead ? level : VerificationLevel.Quick, own.Contains(segment) ? digest : null, null, cancellationToken) && isRead;
        }

        if (isSound && digest is not null && Convert.ToHexStringLower(digest.GetCurrentHash()) != partition.Digest)
            Found(topic, partition, "the digest is not that of its batches");
    }

    private void Found(TopicEpoch topic, PartitionEpoch? partition, string problem) => log.Found(
        new VerificationFinding(RepositoryNames.Epoch(log.Epoch), problem, log.Epoch, topic.Name, partition?.Partition, partition?.From, partition?.To));
}
