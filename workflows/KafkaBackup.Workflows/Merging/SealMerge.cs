using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Leases;

namespace KafkaBackup.Workflows.Merging;

/// <summary>Writes the new lists and creates the merge's object: the commit. Done again with equal input it finds its own and says the same.</summary>
public sealed class SealMerge(IConnections connections, WriterLeases leases) : TaskActivity<SealMergeRequest, MergeReport>
{
    /// <inheritdoc/>
    public override async Task<MergeReport> RunAsync(TaskActivityContext context, SealMergeRequest input)
    {
        var (request, generation) = (input.Request, input.Planned.Generation);
        var store = connections.Repository(request.Repository);
        var handover = new Handover(store, generation);
        var plan = input.Planned.Stored is { } stored ? (await handover.OpenPlanAsync(stored, context.CancellationToken)).Plan : input.Planned.Plan;
        var merged = await handover.OpenAsync(input.Slices, context.CancellationToken);
        Merge? merge = null;
        if (plan.Lineages.Count > 0)
        {
            await using var lease = await leases.HoldAsync(request.Repository, generation, context.CancellationToken);
            var repository = await BackupRepository.OpenAsync(store, context.CancellationToken);
            merge = await new Merger(repository).CommitAsync(
                plan, merged, new MergeRun(input.InstanceId, generation, input.StartedAt, input.CommittedAt, Environment.MachineName, ProgramVersion.Current), context.CancellationToken);
        }

        await leases.ReturnAsync(request.Repository, generation, context.CancellationToken);
        return Report(plan, merged, merge);
    }

    private static MergeReport Report(MergePlan plan, IReadOnlyList<MergedLineage> merged, Merge? merge)
    {
        return new MergeReport(
            false, merge?.Number, plan.Epoch,
            [.. merged.GroupBy(lineage => (lineage.Topic, lineage.Lineage), lineage => lineage.Runs).Select(shares => (shares.Key, Runs: shares.SelectMany(runs => runs).ToList())).Where(lineage => lineage.Runs.Count > 0)
                .Select(lineage => new MergedTopic(
                    lineage.Key.Topic, lineage.Key.Lineage, lineage.Runs.Sum(run => run.Sources), lineage.Runs.Sum(run => run.Segments.Count), lineage.Runs.Sum(run => run.Segments.Sum(s => s.Length))))],
            plan.Objects, Merger.ObjectsOf(merged), [.. merged.SelectMany(lineage => lineage.Damages)]);
    }
}
