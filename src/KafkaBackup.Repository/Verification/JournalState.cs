using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Verification;

/// <summary>How far a lineage's journal and partitions are after the epochs verified so far.</summary>
internal sealed class JournalState
{
    /// <summary>The hashes of the lists.</summary>
    public IReadOnlyList<string> Lists { get; set; } = [];

    /// <summary>The last list's references; null if it could not be read.</summary>
    public IReadOnlyList<SegmentReference>? Tail { get; set; } = [];

    /// <summary>What epochs that were removed say of the topic: the segments that they added turn up in the next epoch that is there.</summary>
    public List<TopicEpoch> Pending { get; } = [];

    /// <summary>The cut of every partition.</summary>
    public Dictionary<int, long> Positions { get; } = [];

    /// <summary>Whether a list goes on where the tail ended: begins with the same references.</summary>
    public static bool BeginsWith(IReadOnlyList<SegmentReference> list, IReadOnlyList<SegmentReference> tail) =>
        list.Count >= tail.Count && tail.Zip(list).All(pair => AreEqual(pair.First, pair.Second));

    private static bool AreEqual(SegmentReference x, SegmentReference y) =>
        x == y with { Aborted = x.Aborted } && x.Aborted.SequenceEqual(y.Aborted);
}
