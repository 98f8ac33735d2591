using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Merging;

/// <summary>
/// Which lists an epoch's data is found by, as the newest merge has it, or as one had it that was the newest once. Each names all lineages that were ever merged, so that to read an epoch
/// takes one of them, however many there are. Source: FORMAT.md, "Merges".
/// </summary>
/// <param name="merges">Merges, in order, of which the last counts; none where there is none. The others only tell what was read once.</param>
internal sealed class MergeView(IReadOnlyList<Merge> merges)
{
    private readonly Merge? last = merges.Count == 0 ? null : merges[^1];

    public IReadOnlyList<Merge> Merges => merges;

    /// <summary>The number of the newest; 0 if there is none.</summary>
    public long Newest => last?.Number ?? 0;

    /// <summary>Whether a lineage was ever merged.</summary>
    public bool Names(string journal) => merges.Any(merge => merge.Lists.ContainsKey(journal));

    /// <summary>The lists by which a lineage is read for an epoch, if they are a merge's; null if they are the manifest's own.</summary>
    public MergedLists? Of(string journal, long epoch) => last is not null && last.Lists.TryGetValue(journal, out var merged) && merged.Epoch >= epoch ? merged : null;

    /// <summary>The lists that an epoch's data is found by.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="own">The lists that its manifest names.</param>
    public IReadOnlyDictionary<string, TopicLists> Resolve(long epoch, IReadOnlyDictionary<string, TopicLists> own) => last is null
        ? own
        : own.ToDictionary(list => list.Key, list => Of(list.Key, epoch) is { } merged ? list.Value with { Lists = merged.Lists } : list.Value, StringComparer.Ordinal);

    /// <summary>Every list by which an epoch's lineage could ever be read: the manifest's own, and those of each merge that counts for it, or did before a later one.</summary>
    public IEnumerable<string> EverReadBy(long epoch, string journal, TopicLists own) =>
        own.Lists.Concat(merges.Select(merge => merge.Lists.GetValueOrDefault(journal)).Where(merged => merged?.Epoch >= epoch).SelectMany(merged => merged!.Lists));
}
