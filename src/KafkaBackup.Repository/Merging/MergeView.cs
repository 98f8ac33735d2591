using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Merging;

/// <summary>The merges that are there, or those up to a number: which lists an epoch's data is found by. Source: FORMAT.md, "Merges".</summary>
/// <param name="merges">All of them, from the first on.</param>
internal sealed class MergeView(IReadOnlyList<Merge> merges)
{
    private readonly Dictionary<string, List<Merge>> byJournal = merges.SelectMany(merge => merge.Lists.Keys.Select(journal => (journal, merge)))
        .GroupBy(named => named.journal, StringComparer.Ordinal).ToDictionary(named => named.Key, named => named.Select(n => n.merge).ToList(), StringComparer.Ordinal);

    public IReadOnlyList<Merge> Merges => merges;

    /// <summary>The number of the newest; 0 if there is none.</summary>
    public long Newest => merges.Count == 0 ? 0 : merges[^1].Number;

    /// <summary>Whether any merge names a lineage.</summary>
    public bool Names(string journal) => byJournal.ContainsKey(journal);

    /// <summary>The merge by whose lists a lineage is read for an epoch; null if it is the manifest's own.</summary>
    public Merge? Of(string journal, long epoch) => byJournal.GetValueOrDefault(journal)?.FindLast(merge => merge.Epoch >= epoch);

    /// <summary>The lists that an epoch's data is found by.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="own">The lists that its manifest names.</param>
    public IReadOnlyDictionary<string, TopicLists> Resolve(long epoch, IReadOnlyDictionary<string, TopicLists> own) => merges.Count == 0
        ? own
        : own.ToDictionary(list => list.Key, list => Of(list.Key, epoch) is { } merge ? list.Value with { Lists = merge.Lists[list.Key] } : list.Value, StringComparer.Ordinal);

    /// <summary>Every list by which an epoch's lineage could ever be read: the manifest's own, and those of each merge that counts for it, or did before a later one.</summary>
    public IEnumerable<string> EverReadBy(long epoch, string journal, TopicLists own) =>
        own.Lists.Concat((byJournal.GetValueOrDefault(journal) ?? []).Where(merge => merge.Epoch >= epoch).SelectMany(merge => merge.Lists[journal]));
}
