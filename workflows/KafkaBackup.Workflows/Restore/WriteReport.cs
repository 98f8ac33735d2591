using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Progress;

namespace KafkaBackup.Workflows.Restore;

/// <summary>Everything that a restore's report is made of.</summary>
public sealed record ReportRequest(
    RestoreRequest Request, RestorePlan Plan, IReadOnlyList<RestoredSlice> Slices, TranslatedOffsets Offsets, CommittedGroups Groups, ConfiguredTopics Configured)
{
    /// <summary>Null where none were asked for.</summary>
    public CreatedAcls? Acls { get; init; }
}

/// <summary>Writes down, beside the backup, what the restore came to.</summary>
public sealed class WriteReport(IConnections connections) : TaskActivity<ReportRequest, RestoreReport>
{
    /// <inheritdoc/>
    public override async Task<RestoreReport> RunAsync(TaskActivityContext context, ReportRequest input)
    {
        var store = connections.Repository(input.Request.Repository);
        var repository = await BackupRepository.OpenAsync(store, context.CancellationToken);
        var report = Of(input, await repository.ReadEpochAsync(input.Plan.Epoch, context.CancellationToken));
        await new RestoreArtifacts(store, input.Plan.RestoreId).WriteReportAsync(report, context.CancellationToken);
        return report;
    }

    private static RestoreReport Of(ReportRequest input, Epoch epoch)
    {
        var partitions = input.Slices.SelectMany(s => s.Partitions).OrderBy(p => p.Target, StringComparer.Ordinal).ThenBy(p => p.Partition).ToList();
        var notes = partitions.Where(p => p.BrokerTimestamps > 0).GroupBy(p => p.Target)
            .Select(t => $"topic '{t.Key}': {t.Sum(p => p.BrokerTimestamps)} records had the broker's time (LogAppendTime) and have it now as CreateTime")
            .Concat(input.Configured.Notes);
        var warnings = input.Groups.Refused
            .Concat(input.Offsets.Offsets.Where(o => o.Rule == OffsetRule.BeyondCut).Select(o =>
                $"group '{o.Group}' had committed {o.SourceOffset} of {o.SourceTopic}-{o.Partition}, beyond what epoch {input.Plan.Epoch} holds; it goes on at the end, {o.TargetOffset}"))
            .Concat(input.Plan.Topics.Join(epoch.Core.Topics, t => t.Source, t => t.Name, (_, topic) => topic).SelectMany(topic => topic.Gaps.Select(g =>
                $"{topic.Name}-{g.Partition}: offsets {g.From} to {g.To - 1} are not in the backup ({g.Reason})")))
            .Concat((input.Acls?.LeftOut ?? []).Select(left => $"access control entry left out: {left}"));
        return new RestoreReport(
            input.Plan.RestoreId, input.Plan.Epoch, false, [.. input.Plan.Topics.Select(RestoreEpoch.Name)], partitions.Count, partitions.Sum(p => p.Records),
            input.Offsets.Offsets, input.Groups.Committed, [], [.. notes], [.. warnings])
        {
            CreatedAcls = input.Acls?.Created,
            FoundAcls = input.Acls?.Found,
            Throttling = Throttling.Of(input.Slices.Select(slice => slice.ThrottledSeconds), input.Plan.Quotas),
        };
    }
}
