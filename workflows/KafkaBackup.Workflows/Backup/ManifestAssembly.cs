using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Workflows.Backup;

/// <summary>Puts together what an epoch's manifest says: a pure function of what the activities found.</summary>
internal sealed record ManifestAssembly(EpochCore Core, IReadOnlyDictionary<string, IReadOnlyList<SegmentReference>> Segments)
{
    private const string Retention = "retention";

    public static ManifestAssembly Of(SealRequest input, ILookup<string, TopicNote> notes)
    {
        var written = input.Slices.SelectMany(s => s.Partitions).ToDictionary(p => (p.Topic, p.Backup.Partition));
        var topics = input.Cut.Topics.OrderBy(t => t.Topic, StringComparer.Ordinal).Select(topic => new TopicEpoch(
            topic.Topic,
            topic.Lineage,
            topic.TopicId,
            topic.Configuration,
            topic.ReplicationFactor,
            [.. topic.Partitions.Select(p => Partition(p, written.GetValueOrDefault((topic.Topic, p.Partition))?.Backup))],
            [.. topic.Partitions.SelectMany(p => (written.GetValueOrDefault((topic.Topic, p.Partition))?.Gaps ?? [])
                .Select(g => new PartitionGap(p.Partition, g.From, g.To, Retention)))],
            [.. topic.Lost.Select(LostLogs.Note), .. notes[topic.Topic]])).ToList();
        var groups = GroupComparison.Compare(input.Before, input.After, topics.Select(t => t.Name).ToHashSet());
        var parent = input.Plan.ParentCore is { } hash ? new EpochParent(input.Plan.Sequence - 1, hash) : null;
        var core = new EpochCore(input.Plan.Sequence, parent, new ClusterIdentity(input.Plan.ClusterId), topics, groups);
        return new ManifestAssembly(core, topics.ToDictionary(t => t.Name, IReadOnlyList<SegmentReference> (t) => [.. written.Values
            .Where(w => w.Topic == t.Name)
            .OrderBy(w => w.Backup.Partition)
            .SelectMany(w => w.Backup.Segments)]));
    }

    private static PartitionEpoch Partition(PartitionCut cut, PartitionBackup? backup) => backup is null
        ? new PartitionEpoch(cut.Partition, cut.LogStart, cut.From, cut.To, cut.LeaderEpoch, 0, 0, 0, -1, null)
        : new PartitionEpoch(
            cut.Partition, cut.LogStart, cut.From, backup.To, cut.LeaderEpoch, backup.Batches, backup.Records, backup.Bytes, backup.MaxTimestamp, backup.Digest);
}
