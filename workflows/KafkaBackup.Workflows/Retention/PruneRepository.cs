using KafkaBackup.Durable;

namespace KafkaBackup.Workflows.Retention;

/// <summary>
/// One prune: what an earlier one left undone, the plan, the epochs, the objects that nothing leads to then, and what dead runs left. The plan is durable before anything
/// is removed, and data goes last.
/// </summary>
public sealed class PruneRepository : TaskOrchestrator<PruneRequest, PruneReport>
{
    /// <inheritdoc/>
    public override async Task<PruneReport> RunAsync(TaskOrchestrationContext context, PruneRequest input)
    {
        if (!input.DryRun)
        {
            context.SetCustomStatus("ending what was left undone");
            await context.CallActivityAsync<int>(nameof(FinishPrunes), input);
        }

        context.SetCustomStatus("planning");
        var planned = await context.CallActivityAsync<PlannedPrune>(nameof(PlanPrune), input);
        if (input.DryRun)
            return Report(input, planned, new RemovedEpochs([], []), planned.Plan.Objects, new CollectedOrphans([], 0));

        var epochs = new RemovedEpochs([], []);
        var objects = 0;
        if (planned.Begun is { } begun)
        {
            context.SetCustomStatus("removing epochs");
            epochs = await context.CallActivityAsync<RemovedEpochs>(nameof(RemoveEpochs), new PruneStep(input, begun));
            context.SetCustomStatus("removing data");
            objects = await context.CallActivityAsync<int>(nameof(DeleteObjects), new PruneStep(input, begun));
        }

        context.SetCustomStatus("looking for what dead runs left");
        var orphans = await context.CallActivityAsync<CollectedOrphans>(nameof(CollectOrphans), input);
        context.SetCustomStatus("complete");
        return Report(input, planned, epochs, objects, orphans);
    }

    private static PruneReport Report(PruneRequest input, PlannedPrune planned, RemovedEpochs epochs, int objects, CollectedOrphans orphans) => new(
        input.DryRun, planned.Plan.Keep, [.. planned.Plan.Remove.Where(epoch => !epochs.Kept.Contains(epoch.Epoch))], objects, planned.Plan.Bytes, planned.Plan.BytesKept,
        orphans.Removed, orphans.Waiting, [.. epochs.Kept.Select(epoch => $"epoch {epoch} is being restored and stays; prune again when that is over")]);
}
