using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Retention;

/// <summary>Removes the epochs of a prune: each one's stub is durable before its manifest goes.</summary>
public sealed class RemoveEpochs(IConnections connections, TimeProvider time) : TaskActivity<PruneStep, RemovedEpochs>
{
    /// <inheritdoc/>
    public override async Task<RemovedEpochs> RunAsync(TaskActivityContext context, PruneStep input)
    {
        var repository = await BackupRepository.OpenAsync(connections.Repository(input.Request.Repository), context.CancellationToken);
        var (removed, kept) = await new Pruner(repository, time).RemoveEpochsAsync(input.Begun, context.CancellationToken);
        return new RemovedEpochs(removed, kept);
    }
}
