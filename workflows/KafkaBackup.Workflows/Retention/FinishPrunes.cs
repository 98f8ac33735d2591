using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Retention;

/// <summary>Ends prunes that were begun and killed.</summary>
public sealed class FinishPrunes(IConnections connections, TimeProvider time) : TaskActivity<PruneRequest, int>
{
    /// <inheritdoc/>
    public override async Task<int> RunAsync(TaskActivityContext context, PruneRequest input)
    {
        var pruner = new Pruner(await BackupRepository.OpenAsync(connections.Repository(input.Repository), context.CancellationToken), time);
        return await pruner.FinishAsync(context.CancellationToken);
    }
}
