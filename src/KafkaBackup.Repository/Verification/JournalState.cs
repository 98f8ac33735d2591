using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Verification;

/// <summary>How far a lineage's journal and partitions are after the epochs verified so far.</summary>
internal sealed class JournalState
{
    private readonly List<KnownList> lists = [];

    /// <summary>The hashes of the lists.</summary>
    public IEnumerable<string> Lists => lists.Select(list => list.Hash);

    /// <summary>The lists.</summary>
    public IReadOnlyList<KnownList> Known => lists;

    /// <summary>
    /// What epochs say of the topic whose segments turn up later: those that were removed, in the next epoch that is there, and those that are read by a merge's lists, where the
    /// merge is verified.
    /// </summary>
    public List<PendingTopic> Pending { get; } = [];

    /// <summary>Whether the lists are a merge's: epochs behind it may go on with them, or with what the merge replaced.</summary>
    public bool IsMerged { get; set; }

    /// <summary>The first epoch with a manifest that is read by a merge which is not verified yet; null if there is none.</summary>
    public long? ReadByMerge { get; private set; }

    /// <summary>For each partition, the offsets that such epochs need: ranges that don't meet.</summary>
    public Dictionary<int, List<HeldOffsets>> Needed { get; } = [];

    /// <summary>What the last epoch that holds the topic holds of it.</summary>
    private IReadOnlyDictionary<int, HeldOffsets> Held { get; set; } = new Dictionary<int, HeldOffsets>();

    /// <summary>Takes note of an epoch that holds the topic, and is verified later.</summary>
    public void Wait(long epoch, TopicEpoch topic)
    {
        // Where an epoch adds nothing there is nothing to be verified later; those are most, and few are kept.
        Pending.Add(new PendingTopic(epoch, topic with { Partitions = [.. topic.Partitions.Where(partition => partition.To != partition.From || partition.Batches != 0 || partition.Digest is not null)] }));
        Held = topic.Partitions.ToDictionary(partition => partition.Partition, partition => new HeldOffsets(partition.LogStart, partition.To));
    }

    /// <summary>Takes note of an epoch with a manifest that is read by a merge's lists, and holds the topic or carries it over.</summary>
    public void ReadBy(long epoch)
    {
        ReadByMerge ??= epoch;
        foreach (var (partition, held) in Held.Where(held => held.Value.To > held.Value.LogStart))
        {
            var needed = Needed.TryGetValue(partition, out var there) ? there : Needed[partition] = [];
            var met = needed.FindAll(other => other.LogStart <= held.To && other.To >= held.LogStart);
            needed.RemoveAll(met.Contains);
            needed.Add(new HeldOffsets(met.Select(other => other.LogStart).Append(held.LogStart).Min(), met.Select(other => other.To).Append(held.To).Max()));
        }
    }

    /// <summary>Each partition's segments, with what waits for them.</summary>
    public IEnumerable<MergedPartition> Join(IReadOnlyList<SegmentReference> references)
    {
        var segmentsOf = references.OrderBy(segment => segment.From).ToLookup(segment => segment.Partition);
        var rangesOf = Pending.SelectMany(pending => pending.Topic.Partitions.Select(range => (pending.Epoch, Range: range, pending.Topic.Gaps))).ToLookup(range => range.Range.Partition);
        foreach (var number in segmentsOf.Select(of => of.Key).Union(rangesOf.Select(of => of.Key)).Order())
        {
            yield return new MergedPartition(
                number, [.. rangesOf[number].Select(of => new MergedPartition.AddedRange(of.Epoch, of.Range, [.. of.Gaps.Where(gap => gap.Partition == number)]))],
                [.. segmentsOf[number]], Needed.TryGetValue(number, out var needed) ? needed : [], Positions.GetValueOrDefault(number));
        }
    }

    /// <summary>What waited has been verified.</summary>
    public void Verified()
    {
        Pending.Clear();
        Needed.Clear();
        ReadByMerge = null;
    }

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

    /// <summary>What an epoch says of a topic, to be verified later.</summary>
    /// <param name="Epoch">The epoch.</param>
    /// <param name="Topic">What it says; partitions to which it adds nothing may be missing.</param>
    internal sealed record PendingTopic(long Epoch, TopicEpoch Topic);

    /// <summary>A list of the journal.</summary>
    /// <param name="Hash">Its hash.</param>
    /// <param name="IsFull">Whether it is full.</param>
    /// <param name="Segments">Its references of the lineage; null if it is full, or could not be read.</param>
    internal sealed record KnownList(string Hash, bool IsFull, IReadOnlyList<SegmentReference>? Segments);
}
