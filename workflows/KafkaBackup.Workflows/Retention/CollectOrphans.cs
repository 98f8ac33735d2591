using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Retention;

/// <summary>Removes what runs left that never came to their epoch and have stood still for long.</summary>
public sealed class CollectOrphans(IConnections connections, TimeProvider time) : TaskActivity<PruneRequest, CollectedOrphans>
{
    /// <inheritdoc/>
    public override async Task<CollectedOrphans> RunAsync(TaskActivityContext context, PruneRequest input)
    {
        var repository = await BackupRepository.OpenAsync(connections.Repository(input.Repository), context.CancellationToken);
        var (waiting, removed) = await new OrphanCollector(repository, time).CollectAsync(OrphanCollector.DefaultAge, context.CancellationToken);
        return new CollectedOrphans(waiting, removed);
    }
}
