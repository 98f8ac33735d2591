using KafkaBackup.Durable;
using KafkaBackup.Workflows.Progress;

namespace KafkaBackup.Workflows.Backup;

/// <summary>
/// One epoch: groups, then the cut, then the segments up to it, then the groups once more, then the manifest, whose creation is the commit.
/// Groups before the cut: an offset captured then is not beyond what is backed up.
/// </summary>
public sealed class BackupEpoch : TaskOrchestrator<BackupRequest, BackupReport>
{
    /// <inheritdoc/>
    public override async Task<BackupReport> RunAsync(TaskOrchestrationContext context, BackupRequest input)
    {
        var startedAt = context.CurrentUtcDateTime;
        context.SetCustomStatus("choosing topics");
        var plan = await context.CallActivityAsync<EpochPlan>(nameof(OpenEpoch), input);
        try
        {
            return await MakeAsync(context, input, plan, startedAt);
        }
        catch (TaskFailedException)
        {
            await ReturnLease.TryAsync(context, input.Repository, plan.Generation);
            throw;
        }
    }

    private static async Task<BackupReport> MakeAsync(TaskOrchestrationContext context, BackupRequest input, EpochPlan plan, DateTime startedAt)
    {
        context.SetCustomStatus("capturing consumer groups");
        var before = await context.CallActivityAsync<GroupCapture>(nameof(CaptureGroups), new CaptureRequest(input, plan.Generation));

        context.SetCustomStatus("fixing the cut");
        var cut = await context.CallActivityAsync<EpochCut>(nameof(FixCut), new FixCutRequest(input, plan));

        context.SetCustomStatus("writing segments");
        var work = cut.Stored is null ? Slicing.Of(cut) : [.. Enumerable.Repeat<IReadOnlyList<SlicePartition>>([], cut.Slices)];
        var slices = await Task.WhenAll(work.Select((slice, number) => context.CallActivityAsync<BackedUpSlice>(
            nameof(BackUpPartitions), new BackupSlice(input, plan.Generation, number, RateShare.Of(input.RateLimit, work.Count), slice) { Cut = cut.Stored, Quotas = plan.Quotas })));

        context.SetCustomStatus("capturing consumer groups again");
        var after = await context.CallActivityAsync<GroupCapture>(nameof(CaptureGroups), new CaptureRequest(input, plan.Generation));

        context.SetCustomStatus("sealing the epoch");
        var report = await context.CallActivityAsync<BackupReport>(
            nameof(SealEpoch), new SealRequest(input, plan, cut, before, after, slices, context.InstanceId, startedAt, context.CurrentUtcDateTime));
        context.SetCustomStatus("complete");
        return report;
    }
}
