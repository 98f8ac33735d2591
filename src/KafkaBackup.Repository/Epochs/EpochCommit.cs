using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Epochs;

/// <summary>The commit of an epoch: its lists, behind those that its parent is read by now, then its manifest.</summary>
internal sealed class EpochCommit(BackupRepository repository, SegmentJournal journal)
{
    private readonly IObjectStore store = repository.Store;

    /// <inheritdoc cref="BackupRepository.CommitAsync"/>
    public async Task<Epoch> RunAsync(
        EpochCore core, IReadOnlyDictionary<string, IReadOnlyList<SegmentReference>> added, RunInfo run, CancellationToken cancellationToken)
    {
        CommitChecks.Check(core, added);
        var ordered = CoreHash.Order(core);
        var coreBytes = CoreHash.ToBytes(ordered);
        var bare = new Epoch(ordered, Checksum.Hash(coreBytes), new Dictionary<string, TopicLists>(), run);
        // An attempt before this one may have come to its end: behind a merge the lists would be others, that nothing leads to, and an epoch that was removed since would be back.
        if (await FindAsync(core.Sequence, cancellationToken) is { } earlier)
            return SameAs(bare, earlier);
        var lists = await AppendAsync(ordered, await ParentListsAsync(core, cancellationToken), added, run.Generation, cancellationToken);
        var epoch = bare with { Lists = lists, OwnLists = lists };
        if (await store.GetLengthAsync(RepositoryNames.Collected(run.Generation), cancellationToken) is not null)
            throw new EpochConflictException(core.Sequence, "its run had stood still for so long that prune removed what it had written");
        try
        {
            await store.CreateAsync(RepositoryNames.Epoch(core.Sequence), Manifest.Write(coreBytes, lists, run), cancellationToken);
            return epoch;
        }
        catch (ObjectConflictException)
        {
            return SameAs(epoch, await repository.ReadEpochAsync(core.Sequence, cancellationToken));
        }
    }

    private static Epoch SameAs(Epoch epoch, Epoch there) => there.IsSameAs(epoch)
        ? there
        : throw new EpochConflictException(epoch.Sequence, $"instance {there.Run.Instance} on {there.Run.Host} has committed it, at {there.Run.SealedAt:u}");

    /// <summary>The epoch of a number, or what is left of it, which leads to no lists.</summary>
    private async Task<Epoch?> FindAsync(long sequence, CancellationToken cancellationToken)
    {
        // In this order: the stub is there before the manifest goes.
        if (await store.GetLengthAsync(RepositoryNames.Epoch(sequence), cancellationToken) is not null)
        {
            try
            {
                return await repository.ReadEpochAsync(sequence, cancellationToken);
            }
            catch (EpochNotFoundException)
            {
                // Removed in this moment.
            }
        }

        if (await store.GetLengthAsync(RepositoryNames.Stub(sequence), cancellationToken) is null)
            return null;
        var removed = await repository.ReadPrunedAsync(sequence, cancellationToken);
        return new Epoch(removed.Core, removed.CoreHash, new Dictionary<string, TopicLists>(), removed.Run);
    }

    private async Task<IReadOnlyDictionary<string, TopicLists>> ParentListsAsync(EpochCore core, CancellationToken cancellationToken)
    {
        if (core.Parent is not { } expected)
            return new Dictionary<string, TopicLists>();
        Epoch parent;
        try
        {
            parent = await repository.ReadEpochAsync(expected.Sequence, cancellationToken);
        }
        catch (EpochNotFoundException)
        {
            throw new EpochConflictException(core.Sequence, $"its parent, epoch {expected.Sequence}, is not there");
        }

        if (parent.CoreHash != expected.Core)
            throw new EpochConflictException(core.Sequence, $"epoch {expected.Sequence} is not the one that it was made to follow");
        CommitChecks.CheckContinuity(core, parent.Core);
        return parent.Lists;
    }

    /// <summary>The journals after this epoch. Those of topics that it does not hold are carried over, so that a later epoch can go on with them.</summary>
    private async Task<SortedDictionary<string, TopicLists>> AppendAsync(
        EpochCore core,
        IReadOnlyDictionary<string, TopicLists> parent,
        IReadOnlyDictionary<string, IReadOnlyList<SegmentReference>> added,
        string generation,
        CancellationToken cancellationToken)
    {
        var held = core.Topics.Select(topic => topic.Name).ToHashSet(StringComparer.Ordinal);
        var lists = new SortedDictionary<string, TopicLists>(StringComparer.Ordinal);
        foreach (var (key, value) in parent.Where(list => !held.Contains(list.Key[..list.Key.IndexOf('/')])))
            lists[key] = value;
        var news = core.Topics.Select(topic => new JournalNews(
            topic.Name,
            topic.Lineage,
            parent.TryGetValue(topic.Journal, out var there) ? there.Lists : [],
            [.. added.GetValueOrDefault(topic.Name, []).OrderBy(segment => segment.Partition).ThenBy(segment => segment.From)])).ToList();
        foreach (var (topic, hashes) in core.Topics.Zip(await journal.AppendAsync(news, generation, cancellationToken)))
            lists[topic.Journal] = new TopicLists(core.Sequence, hashes);
        return lists;
    }
}
