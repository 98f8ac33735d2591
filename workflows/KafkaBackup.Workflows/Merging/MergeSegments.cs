using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Leases;
using KafkaBackup.Workflows.Progress;

namespace KafkaBackup.Workflows.Merging;

/// <summary>Writes the new segments of a slice of lineages, or of a share of their partitions. Run again after a crash, it writes the same ones: what is there already stays, and what was unfinished is not there.</summary>
public sealed class MergeSegments(IConnections connections, WriterLeases leases) : TaskActivity<MergeSlice, MergedSlice>
{
    /// <inheritdoc/>
    public override async Task<MergedSlice> RunAsync(TaskActivityContext context, MergeSlice input)
    {
        var (planned, generation) = (input.Planned, input.Planned.Generation);
        await using var lease = await leases.HoldAsync(input.Request.Repository, generation, context.CancellationToken);
        var store = connections.Repository(input.Request.Repository);
        var handover = new Handover(store, generation);
        var lineages = planned.Stored is { } stored ? MergeSlicing.Of((await handover.OpenPlanAsync(stored, context.CancellationToken)).Plan)[input.Number] : planned.Plan.Lineages;
        var merger = new Merger(await BackupRepository.OpenAsync(store, context.CancellationToken));
        var progress = new TransferProgress(context, "merged", lineages.Sum(lineage => lineage.Bytes) / MergeSlicing.Shares);
        var share = new MergeShare((input.Number * MergeSlicing.Shares) + input.Share, input.Share, MergeSlicing.Shares);
        var merged = await merger.MergeAsync(planned.Plan, lineages, generation, share, bytes => progress.Add(bytes, bytes), context.CancellationToken);
        return await handover.KeepAsync(new MergedSlice(merged), context.CancellationToken);
    }
}
