using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Verification;

/// <summary>How far a lineage's journal and partitions are after the epochs verified so far.</summary>
internal sealed class JournalState
{
    private readonly List<KnownList> lists = [];

    /// <summary>The hashes of the lists.</summary>
    public IEnumerable<string> Lists => lists.Select(list => list.Hash);

    /// <summary>What epochs that were removed say of the topic: the segments that they added turn up in the next epoch that is there.</summary>
    public List<TopicEpoch> Pending { get; } = [];

    /// <summary>The cut of every partition.</summary>
    public Dictionary<int, long> Positions { get; } = [];

    /// <summary>Adds a list.</summary>
    /// <param name="hash">Its hash.</param>
    /// <param name="segments">Its references of this lineage; null if it could not be read.</param>
    public void Add(string hash, IReadOnlyList<SegmentReference>? segments)
    {
        // A full list is never replaced: its references are not needed again.
        var isFull = segments?.Count == SegmentJournal.ListSize;
        lists.Add(new KnownList(hash, isFull, isFull ? null : segments));
    }

    /// <summary>Takes the lists from the one of this number on away: others are in their place.</summary>
    public IReadOnlyList<KnownList> Take(int first)
    {
        var taken = lists[first..];
        lists.RemoveRange(first, taken.Count);
        return taken;
    }

    /// <summary>Whether references go on where others ended: begin with the same ones.</summary>
    public static bool BeginsWith(IReadOnlyList<SegmentReference> list, IReadOnlyList<SegmentReference> beginning) =>
        list.Count >= beginning.Count && beginning.Zip(list).All(pair => AreEqual(pair.First, pair.Second));

    private static bool AreEqual(SegmentReference x, SegmentReference y) =>
        x == y with { Aborted = x.Aborted } && x.Aborted.SequenceEqual(y.Aborted);

    /// <summary>A list of the journal.</summary>
    /// <param name="Hash">Its hash.</param>
    /// <param name="IsFull">Whether it is full.</param>
    /// <param name="Segments">Its references of the lineage; null if it is full, or could not be read.</param>
    internal sealed record KnownList(string Hash, bool IsFull, IReadOnlyList<SegmentReference>? Segments);
}
