using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Epochs;

/// <summary>Refuses a manifest that would say what its segments don't: a mistake of the caller's must not become part of the chain.</summary>
internal static class CommitChecks
{
    public static void Check(EpochCore core, IReadOnlyDictionary<string, IReadOnlyList<SegmentReference>> added)
    {
        if (core.Sequence < 1 || core.Parent?.Sequence != (core.Sequence == 1 ? null : core.Sequence - 1))
            throw new ArgumentException($"epoch {core.Sequence} can't follow epoch {core.Parent?.Sequence}");
        RequireDistinct(core.Topics.Select(topic => topic.Name), "topic");
        RequireDistinct(core.Groups.Select(group => group.Group), "group");
        foreach (var topic in added.Keys.Except(core.Topics.Select(topic => topic.Name)))
            throw new ArgumentException($"segments are given for {topic}, which the epoch does not hold");
        foreach (var topic in core.Topics)
            Check(topic, added.GetValueOrDefault(topic.Name, []).ToLookup(segment => segment.Partition));
    }

    /// <summary>Every partition goes on where the epoch before ended.</summary>
    public static void CheckContinuity(EpochCore core, EpochCore parent)
    {
        var parents = parent.Topics.ToDictionary(topic => topic.Journal, StringComparer.Ordinal);
        foreach (var topic in core.Topics)
        {
            if (!parents.TryGetValue(topic.Journal, out var earlier))
                continue;
            var before = earlier.Partitions.ToDictionary(partition => partition.Partition, partition => partition.To);
            foreach (var partition in topic.Partitions)
            {
                if (before.TryGetValue(partition.Partition, out var to) && to != partition.From)
                    throw new ArgumentException($"{topic.Name}-{partition.Partition}: the epoch begins at {partition.From}, and the one before ends at {to}");
            }
        }
    }

    private static void Check(TopicEpoch topic, ILookup<int, SegmentReference> added)
    {
        RequireDistinct(topic.Partitions.Select(partition => partition.Partition), $"partition of {topic.Name}");
        foreach (var partition in added.Select(group => group.Key).Except(topic.Partitions.Select(partition => partition.Partition)))
            throw new ArgumentException($"segments are given for {topic.Name}-{partition}, which the epoch does not hold");
        foreach (var partition in topic.Partitions)
        {
            if (PartitionProblems.Of(partition, [.. added[partition.Partition]], topic.Gaps).FirstOrDefault() is { } problem)
                throw new ArgumentException($"{topic.Name}-{partition.Partition}: {problem}");
        }
    }

    private static void RequireDistinct<T>(IEnumerable<T> names, string what)
    {
        var seen = new HashSet<T>();
        foreach (var name in names)
        {
            if (!seen.Add(name))
                throw new ArgumentException($"{what} {name} is there twice");
        }
    }
}
