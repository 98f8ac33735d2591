using KafkaBackup.Durable;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Workflows.Backup;

/// <summary>Reads what the chosen consumer groups have committed, metadata and leader epochs included, each from its own coordinator.</summary>
public sealed class CaptureGroups(IConnections connections) : TaskActivity<CaptureRequest, GroupCapture>
{
    /// <inheritdoc/>
    public override async Task<GroupCapture> RunAsync(TaskActivityContext context, CaptureRequest input)
    {
        var cluster = connections.Cluster(input.Cluster);
        var groups = NameSelection.Choose("consumer group", await cluster.Admin.ListGroupsAsync(), input.Groups, []);
        var captured = new List<CapturedGroup>();
        foreach (var group in groups)
        {
            var offsets = await cluster.Groups.ReadAsync(group, context.CancellationToken);
            captured.Add(new CapturedGroup(group, [.. offsets.Select(o => new CapturedOffset(o.Partition.Topic, o.Partition.Partition, o.Offset, o.LeaderEpoch, o.Metadata))]));
        }

        var all = new GroupCapture(captured);
        return input.Generation is { } generation
            ? await new Handover(connections.Repository(input.Repository), generation).KeepAsync(all, context.CancellationToken)
            : all;
    }
}
