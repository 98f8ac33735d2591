using KafkaBackup.Durable;
using KafkaBackup.Workflows.Backup;

namespace KafkaBackup.Workflows.Merging;

/// <summary>One merge: the plan, the new segments slice by slice, and the merge's object, whose creation is the commit. Nothing is removed by it.</summary>
public sealed class MergeRepository : TaskOrchestrator<MergeRequest, MergeReport>
{
    /// <inheritdoc/>
    public override async Task<MergeReport> RunAsync(TaskOrchestrationContext context, MergeRequest input)
    {
        var startedAt = context.CurrentUtcDateTime;
        context.SetCustomStatus("planning");
        var planned = await context.CallActivityAsync<PlannedMerge>(nameof(PlanMerge), input);
        if (input.DryRun)
            return Planned(planned);
        try
        {
            var work = planned.Stored is null ? MergeSlicing.Of(planned.Plan) : [.. Enumerable.Repeat<IReadOnlyList<Repository.Merging.PlannedLineage>>([], planned.Slices)];
            var slices = new List<MergedSlice>();
            context.SetCustomStatus("writing segments");
            for (var number = 0; number < work.Count; number++)
            {
                var slice = new MergeSlice(input, planned with { Plan = planned.Plan with { Lineages = work[number] } }, number, 0);
                slices.AddRange(await Task.WhenAll(Enumerable.Range(0, MergeSlicing.Shares).Select(share => context.CallActivityAsync<MergedSlice>(nameof(MergeSegments), slice with { Share = share }))));
            }

            context.SetCustomStatus("committing");
            var report = await context.CallActivityAsync<MergeReport>(
                nameof(SealMerge), new SealMergeRequest(input, planned, slices, context.InstanceId, startedAt, context.CurrentUtcDateTime));
            context.SetCustomStatus("complete");
            return report;
        }
        catch (TaskFailedException)
        {
            await ReturnLease.TryAsync(context, input.Repository, planned.Generation);
            throw;
        }
    }

    private static MergeReport Planned(PlannedMerge planned) => new(
        true, null, planned.Plan.Epoch, [.. planned.Plan.Lineages.Select(l => new MergedTopic(l.Topic, l.Lineage, l.Merged, l.Expected, l.Bytes))],
        planned.Plan.Objects, planned.Plan.NewObjects, []);
}
