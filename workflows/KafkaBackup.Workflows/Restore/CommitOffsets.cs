using KafkaBackup.Durable;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Restore;

/// <summary>Asks for offsets to be committed.</summary>
public sealed record CommitRequest(RestoreRequest Request, TranslatedOffsets Offsets);

/// <summary>
/// Commits the groups' offsets and reads them back. A group with members is left alone: its consumers would overwrite what is committed.
/// </summary>
public sealed class CommitOffsets(IConnections connections) : TaskActivity<CommitRequest, CommittedGroups>
{
    /// <inheritdoc/>
    public override async Task<CommittedGroups> RunAsync(TaskActivityContext context, CommitRequest input)
    {
        var cluster = connections.Cluster(input.Request.Cluster);
        var groups = input.Offsets.Offsets.GroupBy(o => o.Group).ToList();
        var described = (await cluster.Admin.DescribeGroupsAsync([.. groups.Select(g => g.Key)])).ToDictionary(d => d.Group);
        var committed = new List<string>();
        var refused = new List<string>();
        foreach (var group in groups)
        {
            if (described.TryGetValue(group.Key, out var now) && now.Members.Count > 0)
            {
                refused.Add($"group '{group.Key}' has active members ({string.Join(", ", now.Members)}); its offsets were left alone");
                continue;
            }

            List<CommittedOffset> offsets = [.. group.Select(o => new CommittedOffset(new TopicPartition(o.Topic, o.Partition), o.TargetOffset, -1, o.Metadata))];
            await cluster.Groups.CommitAsync(group.Key, offsets, context.CancellationToken);
            var stands = (await cluster.Groups.ReadAsync(group.Key, context.CancellationToken)).ToDictionary(o => o.Partition);
            if (offsets.Find(o => !stands.TryGetValue(o.Partition, out var there) || there.Offset != o.Offset) is { } other)
                refused.Add($"group '{group.Key}' has another offset for {other.Partition} than the one committed ({other.Offset}): a consumer has come");
            else
                committed.Add(group.Key);
        }

        return new CommittedGroups(committed, refused);
    }
}
