using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;

namespace KafkaBackup.Repository.Retention;

/// <summary>
/// All lists that manifests and merges name, and which epochs are read by them. Of the newest epoch, on which a writer may have begun to build before a merge, and of those that
/// restores are at work with, which go on as they began, all lists count by which they could ever be read. Source: FORMAT.md, "Removing epochs".
/// </summary>
internal sealed class ListUses
{
    private readonly Dictionary<string, List<ListUse>> uses = new(StringComparer.Ordinal);

    private ListUses(long newestMerge, IReadOnlyList<EpochFacts> epochs, IReadOnlyList<(string Restore, long Epoch)> pins) => (NewestMerge, Epochs, Pins) = (newestMerge, epochs, pins);

    /// <summary>The newest merge that is counted with.</summary>
    private long NewestMerge { get; }

    /// <summary>The epochs, oldest first.</summary>
    public IReadOnlyList<EpochFacts> Epochs { get; }

    /// <summary>The restores that are at work.</summary>
    public IReadOnlyList<(string Restore, long Epoch)> Pins { get; }

    /// <summary>The lists by their hashes; one that a merge has replaced has no uses, and is there if it has not been removed yet.</summary>
    public IReadOnlyDictionary<string, List<ListUse>> Uses => uses;

    /// <param name="repository">The repository.</param>
    /// <param name="now">The time, for pins that don't count any more.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public static async Task<ListUses> ReadAsync(BackupRepository repository, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Merges before pins: whoever knows of a merge then knows of every restore that does not.
        var merges = await repository.ReadMergesAsync(cancellationToken);
        var epochs = await repository.ReadManifestsAsync(ManifestFacts.Read, cancellationToken);
        var found = new ListUses(merges.Newest, epochs, await new RestorePins(repository.Store).ListAsync(now, cancellationToken));
        var whole = found.Pins.Select(pin => pin.Epoch).Append(epochs.Count == 0 ? 0 : epochs[^1].Sequence).ToHashSet();
        foreach (var epoch in epochs)
        {
            foreach (var (journal, lists) in epoch.OwnLists)
            {
                var current = (merges.Of(journal, epoch.Sequence)?.Lists ?? lists.Lists).ToHashSet(StringComparer.Ordinal);
                foreach (var hash in whole.Contains(epoch.Sequence) ? merges.EverReadBy(epoch.Sequence, journal, lists).Distinct(StringComparer.Ordinal) : current)
                    found.UsesOf(hash).Add(new ListUse(journal, lists.Epoch, epoch.Sequence, current.Contains(hash)));
            }
        }

        if (merges.Newest > 0)
            await found.AddReplacedAsync(repository, merges, cancellationToken);
        return found;
    }

    /// <summary>Whether nothing has come or ended since others were read by which an epoch would be read by other lists.</summary>
    public bool AreAs(ListUses others) =>
        NewestMerge == others.NewestMerge && Epochs.Select(epoch => epoch.Sequence).SequenceEqual(others.Epochs.Select(epoch => epoch.Sequence)) && Pins.SequenceEqual(others.Pins);

    private async Task AddReplacedAsync(BackupRepository repository, MergeView merges, CancellationToken cancellationToken)
    {
        var replaced = Epochs.SelectMany(epoch => epoch.OwnLists.Values.SelectMany(lists => lists.Lists))
            .Concat(merges.Merges.SelectMany(merge => merge.Lists.Values.SelectMany(merged => merged.Lists)))
            .Where(hash => !uses.ContainsKey(hash)).Select(RepositoryNames.List).ToHashSet(StringComparer.Ordinal);
        if (replaced.Count == 0)
            return;
        await foreach (var there in repository.Store.ListAsync(RepositoryNames.Lists, cancellationToken))
        {
            if (replaced.Contains(there.Name))
                UsesOf(RepositoryNames.HashOf(there.Name));
        }
    }

    private List<ListUse> UsesOf(string hash) => uses.TryGetValue(hash, out var there) ? there : uses[hash] = [];
}

/// <summary>That an epoch is read by a list.</summary>
/// <param name="Journal">For which lineage.</param>
/// <param name="Holder">The epoch that says how far that one's partitions are.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="IsOfNow">Whether whoever begins now reads the epoch by it. If not, somebody who began earlier may; if it is gone, a prune knew that nobody does.</param>
internal readonly record struct ListUse(string Journal, long Holder, long Epoch, bool IsOfNow);
