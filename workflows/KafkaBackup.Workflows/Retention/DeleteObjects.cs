using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Progress;

namespace KafkaBackup.Workflows.Retention;

/// <summary>Deletes the objects that nothing leads to since a prune's epochs are gone.</summary>
public sealed class DeleteObjects(IConnections connections, TimeProvider time) : TaskActivity<PruneStep, int>
{
    /// <inheritdoc/>
    public override async Task<int> RunAsync(TaskActivityContext context, PruneStep input)
    {
        var repository = await BackupRepository.OpenAsync(connections.Repository(input.Request.Repository), context.CancellationToken);
        return await new Pruner(repository, time).DeleteObjectsAsync(
            input.Begun, new Reported(state => context.ReportProgress(new TransferState("deleted", state.Done, state.Of, 0))), context.CancellationToken);
    }

    private sealed class Reported(Action<(int Done, int Of)> report) : IProgress<(int Done, int Of)>
    {
        public void Report((int Done, int Of) value) => report(value);
    }
}
