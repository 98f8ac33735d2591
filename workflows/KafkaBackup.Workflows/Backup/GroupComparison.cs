using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Workflows.Backup;

/// <summary>
/// What the manifest says of groups, from what they had committed before the cut and after the data was read. An offset that stood still is
/// exact; one that moved is kept at its earlier place: a restored group may read again what it had read, it never misses anything.
/// </summary>
internal static class GroupComparison
{
    public static IReadOnlyList<GroupEpoch> Compare(GroupCapture before, GroupCapture after, IReadOnlySet<string> topics)
    {
        var earlier = before.Groups.ToDictionary(g => g.Group);
        var later = after.Groups.ToDictionary(g => g.Group);
        return [.. earlier.Keys.Union(later.Keys).Order(StringComparer.Ordinal)
            .Select(group => new GroupEpoch(group, Offsets(earlier.GetValueOrDefault(group), later.GetValueOrDefault(group), topics)))
            .Where(group => group.Offsets.Count > 0)];
    }

    private static IReadOnlyList<GroupOffset> Offsets(CapturedGroup? before, CapturedGroup? after, IReadOnlySet<string> topics)
    {
        var earlier = Index(before);
        var later = Index(after);
        return [.. earlier.Keys.Union(later.Keys)
            .Where(key => topics.Contains(key.Topic))
            .OrderBy(key => key.Topic, StringComparer.Ordinal).ThenBy(key => key.Partition)
            .Select(key => Compare(earlier.GetValueOrDefault(key), later.GetValueOrDefault(key)))];
    }

    private static GroupOffset Compare(CapturedOffset? before, CapturedOffset? after)
    {
        // A group that commits for the first time, or whose offsets are deleted or reset, while the epoch is made, is a moving one too.
        var kept = before is null || (after is not null && after.Offset < before.Offset) ? after! : before;
        var state = before is not null && after is not null && before.Offset == after.Offset ? GroupOffsetState.Exact : GroupOffsetState.Moving;
        return new GroupOffset(kept.Topic, kept.Partition, kept.Offset, kept.LeaderEpoch, kept.Metadata, state);
    }

    private static Dictionary<(string Topic, int Partition), CapturedOffset> Index(CapturedGroup? group) =>
        (group?.Offsets ?? []).ToDictionary(o => (o.Topic, o.Partition));
}
