using KafkaBackup.Durable;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Leases;
using KafkaBackup.Workflows.Progress;

namespace KafkaBackup.Workflows.Backup;

/// <summary>
/// Writes the lists and creates the manifest: the commit. Before it, every topic must still be the one that was read: by its id, or, where
/// brokers give none, by a log that still reaches the cut. Done again with equal input it finds its own manifest and says the same.
/// </summary>
public sealed class SealEpoch(IConnections connections, WriterLeases leases) : TaskActivity<SealRequest, BackupReport>
{
    /// <inheritdoc/>
    public override async Task<BackupReport> RunAsync(TaskActivityContext context, SealRequest input)
    {
        var store = connections.Repository(input.Request.Repository);
        input = await new Handover(store, input.Plan.Generation).OpenAsync(input, context.CancellationToken);
        var repository = await BackupRepository.OpenAsync(store, context.CancellationToken);
        // An attempt whose result was not recorded may have committed; what the cluster says by now does not change that.
        if (await FindOwnAsync(repository, input.Plan, context.CancellationToken) is { } own)
            return await EndAsync(own, input, context.CancellationToken);
        await using var lease = await leases.HoldAsync(input.Request.Repository, input.Plan.Generation, context.CancellationToken);
        await CheckTopicsAsync(input, context.CancellationToken);
        var notes = await CompactionNotes.FindAsync(connections.Cluster(input.Request.Cluster).Offsets, input.Cut, context.CancellationToken);
        var acls = await AclCapture.ReadAsync(connections.Cluster(input.Request.Cluster).AccessControl, input.Request.Acls, context.CancellationToken);
        var manifest = ManifestAssembly.Of(input, notes);
        var run = new RunInfo(
            input.InstanceId, input.Plan.Generation, input.StartedAt, input.Cut.FixedAt, input.SealedAt, Environment.MachineName, ProgramVersion.Current);
        var core = manifest.Core with { Acls = acls.Of(input.Request.Acls, manifest.Core) };
        var report = await EndAsync(await repository.CommitAsync(core, manifest.Segments, run, context.CancellationToken), input, context.CancellationToken);
        return acls.Warning is { } warning ? report with { Warnings = [.. report.Warnings, warning] } : report;
    }

    private async Task<BackupReport> EndAsync(Epoch epoch, SealRequest input, CancellationToken cancellation)
    {
        await leases.ReturnAsync(input.Request.Repository, input.Plan.Generation, cancellation);
        return Report(epoch, input);
    }

    private static async Task<Epoch?> FindOwnAsync(BackupRepository repository, EpochPlan plan, CancellationToken cancellation)
    {
        try
        {
            var there = await repository.ReadEpochAsync(plan.Sequence, cancellation);
            return there.Run.Generation == plan.Generation ? there : null;
        }
        catch (EpochNotFoundException)
        {
            return null;
        }
    }

    private static BackupReport Report(Epoch epoch, SealRequest input) => new(
        epoch.Core.Sequence,
        epoch.CoreHash,
        epoch.Core.Topics.Count,
        epoch.Core.Topics.Sum(t => t.Partitions.Count),
        epoch.Core.Groups.Count,
        epoch.Core.Topics.Sum(t => t.Partitions.Sum(p => p.Records)),
        epoch.Core.Topics.Sum(t => t.Partitions.Sum(p => p.Bytes)),
        input.Slices.Sum(s => s.Partitions.Sum(p => p.Backup.Segments.Count)),
        [.. epoch.Core.Topics.SelectMany(t => t.Gaps
            .Select(g => $"{t.Name}-{g.Partition}: offsets {g.From} to {g.To - 1} were gone before they could be read ({g.Reason})")
            .Concat(t.Notes.Where(n => n.Code == LostLogs.Code).Select(n => $"{t.Name}-{n.Partition}: {n.Text}")))])
    {
        Acls = epoch.Core.Acls?.Count,
        Throttling = Throttling.Of(input.Slices.Select(slice => slice.ThrottledSeconds), input.Plan.Quotas),
    };

    private async Task CheckTopicsAsync(SealRequest input, CancellationToken cancellation)
    {
        var cluster = connections.Cluster(input.Request.Cluster);
        var before = input.Cut.Topics.Where(t => t.TopicId is not null).ToDictionary(t => t.Topic, t => t.TopicId);
        var now = await cluster.Admin.ReadTopicIdsAsync(before.Keys);
        foreach (var (topic, id) in before)
        {
            if (now.GetValueOrDefault(topic) != id)
                throw new TopicReplacedException(topic);
        }

        var reached = input.Cut.Topics.Where(t => t.TopicId is null)
            .SelectMany(t => t.Partitions.Select(p => (Key: new TopicPartition(t.Topic, p.Partition), p.To))).ToDictionary(p => p.Key, p => p.To);
        var shorter = await cluster.Reach.FindShorterAsync(reached, cancellation);
        if (shorter.Count > 0)
            throw new TopicReplacedException(shorter.First().Key, shorter.First().Value, reached[shorter.First().Key]);
    }
}

/// <summary>A topic was deleted, or deleted and created again, while it was backed up.</summary>
public sealed class TopicReplacedException : Exception
{
    /// <summary>It has another id, or is gone.</summary>
    public TopicReplacedException(string topic)
        : base($"topic '{topic}' was deleted or created anew while it was backed up; nothing of this epoch counts, run the backup again")
    {
    }

    /// <summary>Its brokers give topics no ids, and one of its logs does not reach the cut any more.</summary>
    public TopicReplacedException(TopicPartition partition, long end, long cut)
        : base($"topic '{partition.Topic}' was deleted or created anew while it was backed up, or an unclean leader election cut it off: {partition} "
            + (end == LogReach.Gone ? "is gone" : $"ends at offset {end}, before {cut}, which it had") + "; nothing of this epoch counts, run the backup again")
    {
    }
}
