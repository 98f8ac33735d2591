using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Retention;

/// <summary>Plans a prune, and writes the plan down unless it is only to be shown.</summary>
public sealed class PlanPrune(IConnections connections, TimeProvider time) : TaskActivity<PruneRequest, PlannedPrune>
{
    /// <inheritdoc/>
    public override async Task<PlannedPrune> RunAsync(TaskActivityContext context, PruneRequest input)
    {
        var pruner = new Pruner(await BackupRepository.OpenAsync(connections.Repository(input.Repository), context.CancellationToken), time);
        if (input.DryRun)
            return new PlannedPrune(await pruner.PlanAsync(input.Policy, context.CancellationToken), null);
        var (plan, begun) = await pruner.BeginAsync(input.Policy, context.CancellationToken);
        return new PlannedPrune(plan, begun);
    }
}
