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
        // A run that an earlier version began, and that was about to come to this when the version changed, says it otherwise.
        if (input.Request is null)
            throw new InvalidOperationException("this run was begun by an earlier version; run the backup again");
        var cluster = connections.Cluster(input.Request.Cluster);
        var groups = NameSelection.Choose("consumer group", await cluster.Admin.ListGroupsAsync(), input.Request.Groups, []);
        var captured = new List<CapturedGroup>();
        foreach (var group in groups)
        {
            var offsets = await cluster.Groups.ReadAsync(group, context.CancellationToken);
            captured.Add(new CapturedGroup(group, [.. offsets.Select(o => new CapturedOffset(o.Partition.Topic, o.Partition.Partition, o.Offset, o.LeaderEpoch, o.Metadata))]));
        }

        return await new Handover(connections.Repository(input.Request.Repository), input.Generation).KeepAsync(new GroupCapture(captured), context.CancellationToken);
    }
}
