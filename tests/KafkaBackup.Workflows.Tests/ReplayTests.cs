using System.Text.Json;
using KafkaBackup.Durable;
using KafkaBackup.Durable.Replay;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Merging;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Retention;
using KafkaBackup.Workflows.Selection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace KafkaBackup.Workflows.Tests;

/// <summary>Both orchestrations, run over activities that only answer, then replayed over the histories that this left.</summary>
public sealed class ReplayTests
{
    private static readonly BackupRequest Backup = new() { Cluster = "c", Repository = "r", RateLimit = 1000 };
    private static readonly RestoreRequest Restore = new() { Cluster = "c", Repository = "r", RateLimit = 1000 };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_backup_replays_over_its_own_history()
    {
        var (id, history) = await RecordAsync(nameof(BackupEpoch), Backup);
        AssertReplays(() => new BackupEpoch(), id, history);
        Assert.Equal(
            ["OpenEpoch", "CaptureGroups", "FixCut", "BackUpPartitions", "BackUpPartitions", "CaptureGroups", "SealEpoch"],
            history.Where(e => e.Type == HistoryEventType.TaskScheduled).Select(e => e.Name));
        // The clock of an orchestration is its history's.
        var seal = Assert.Single(Inputs<SealRequest>(history, nameof(SealEpoch)));
        Assert.Equal((history[0].Timestamp, true), (seal.StartedAt, history.Any(e => e.Timestamp == seal.SealedAt)));
        Assert.All(Inputs<BackupSlice>(history, nameof(BackUpPartitions)), slice => Assert.Equal((500, "gen"), (slice.RateLimit, slice.Generation)));
        Assert.Equal(new int?[] { 0, 1 }, Inputs<BackupSlice>(history, nameof(BackUpPartitions)).Select(slice => slice.Number));
    }

    [Fact]
    public async Task A_cut_that_lies_in_the_repository_is_worked_off_slice_by_slice_without_standing_in_the_history()
    {
        var stored = new HandedOver("runs/gen/cut.json", "hash");
        var (id, history) = await RecordAsync(nameof(BackupEpoch), Backup, cut: new EpochCut(DateTimeOffset.UnixEpoch, []) { Stored = stored, Slices = 3 });
        AssertReplays(() => new BackupEpoch(), id, history);
        var slices = Inputs<BackupSlice>(history, nameof(BackUpPartitions)).ToList();
        Assert.Equal([(0, stored), (1, stored), (2, stored)], slices.Select(slice => (slice.Number, slice.Cut)));
        Assert.All(slices, slice => Assert.Equal((0, 333), (slice.Partitions.Count, slice.RateLimit)));
        Assert.Equal(stored, Assert.Single(Inputs<SealRequest>(history, nameof(SealEpoch))).Cut.Stored);
    }

    [Fact]
    public async Task A_restore_replays_over_its_own_history()
    {
        var (id, history) = await RecordAsync(nameof(RestoreEpoch), Restore);
        AssertReplays(() => new RestoreEpoch(), id, history);
        Assert.Equal(
            ["PlanRestore", "PrepareTopics", "RestorePartitions", "RestorePartitions", "TranslateOffsets", "CommitOffsets", "ConfigureTopics", "WriteReport"],
            history.Where(e => e.Type == HistoryEventType.TaskScheduled).Select(e => e.Name));
        Assert.All(Inputs<RestoreSlice>(history, nameof(RestorePartitions)), slice => Assert.Equal((500, "restore", 4L), (slice.RateLimit, slice.RestoreId, slice.Merge)));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Nothing_is_written_by_a_dry_run_or_with_a_violation(bool dryRun, bool violated)
    {
        var (id, history) = await RecordAsync(nameof(RestoreEpoch), Restore with { DryRun = dryRun }, violated ? ["full"] : []);
        AssertReplays(() => new RestoreEpoch(), id, history);
        Assert.Equal("PlanRestore", Assert.Single(history, e => e.Type == HistoryEventType.TaskScheduled).Name);
        var report = JsonSerializer.Deserialize<RestoreReport>(history[^1].Output!, JsonSerializerOptions.Web)!;
        Assert.Equal((dryRun, violated ? 1 : 0, 0), (report.DryRun, report.Violations.Count, report.Records));
    }

    [Fact]
    public async Task Without_groups_no_offsets_are_touched()
    {
        var (id, history) = await RecordAsync(nameof(RestoreEpoch), Restore with { NoOffsets = true });
        AssertReplays(() => new RestoreEpoch(), id, history);
        Assert.DoesNotContain(history, e => e.Name is nameof(CommitOffsets) or nameof(TranslateOffsets));
    }

    [Fact]
    public async Task A_prune_replays_over_its_own_history_and_a_dry_one_only_plans()
    {
        var request = new PruneRequest { Repository = "r", Policy = new KafkaBackup.Repository.Retention.RetentionPolicy { KeepLast = 1 } };
        var (id, history) = await RecordAsync(nameof(PruneRepository), request);
        AssertReplays(() => new PruneRepository(), id, history);
        Assert.Equal(
            ["FinishPrunes", "PlanPrune", "RemoveEpochs", "DeleteObjects", "CollectOrphans"],
            history.Where(e => e.Type == HistoryEventType.TaskScheduled).Select(e => e.Name));
        Assert.All(Inputs<PruneStep>(history, nameof(DeleteObjects)), step => Assert.Equal("prunes/1.json", step.Begun));
        var report = JsonSerializer.Deserialize<PruneReport>(history[^1].Output!, JsonSerializerOptions.Web)!;
        // Epoch 2 is being restored.
        Assert.Equal([1L], report.Removed.Select(e => e.Epoch));
        Assert.Contains("epoch 2 is being restored", Assert.Single(report.Warnings));
        Assert.Equal(7, report.Objects);

        (id, history) = await RecordAsync(nameof(PruneRepository), request with { DryRun = true });
        AssertReplays(() => new PruneRepository(), id, history);
        Assert.Equal("PlanPrune", Assert.Single(history, e => e.Type == HistoryEventType.TaskScheduled).Name);
    }

    [Fact]
    public async Task A_merge_replays_over_its_own_history_and_a_dry_one_only_plans()
    {
        var request = new MergeRequest { Repository = "r" };
        var (id, history) = await RecordAsync(nameof(MergeRepository), request);
        AssertReplays(() => new MergeRepository(), id, history);
        Assert.Equal(
            ["PlanMerge", "MergeSegments", "MergeSegments", "MergeSegments", "MergeSegments", "SealMerge"],
            history.Where(e => e.Type == HistoryEventType.TaskScheduled).Select(e => e.Name));
        var slices = Inputs<MergeSlice>(history, nameof(MergeSegments)).ToList();
        // Each slice has its own lineages, and the plan's number and epoch.
        Assert.Equal(["0.0: 256", "0.1: 256", "1.0: 44", "1.1: 44"], slices.Select(slice => $"{slice.Number}.{slice.Share}: {slice.Planned.Plan.Lineages.Count}"));
        Assert.All(slices, slice => Assert.Equal(("merge-gen", 3L, 7L), (slice.Planned.Generation, slice.Planned.Plan.Number, slice.Planned.Plan.Epoch)));
        var seal = Assert.Single(Inputs<SealMergeRequest>(history, nameof(SealMerge)));
        Assert.Equal((history[0].Timestamp, 4), (seal.StartedAt, seal.Slices.Count));
        Assert.Equal(300, seal.Planned.Plan.Lineages.Count);

        (id, history) = await RecordAsync(nameof(MergeRepository), request with { DryRun = true });
        AssertReplays(() => new MergeRepository(), id, history);
        Assert.Equal("PlanMerge", Assert.Single(history, e => e.Type == HistoryEventType.TaskScheduled).Name);
        var report = JsonSerializer.Deserialize<MergeReport>(history[^1].Output!, JsonSerializerOptions.Web)!;
        Assert.Equal((true, null, 300, 900), (report.DryRun, report.Number, report.Topics.Count, report.NewObjects));
    }

    [Theory]
    [InlineData(nameof(BackupEpoch), "choosing topics, capturing consumer groups, fixing the cut, writing segments, capturing consumer groups again, sealing the epoch, complete")]
    [InlineData(nameof(RestoreEpoch), "planning, creating topics, writing records, translating offsets, committing offsets, creating access control entries, giving topics their configuration back, writing the report, complete")]
    [InlineData(nameof(PruneRepository), "ending what was left undone, planning, removing epochs, removing data, looking for what dead runs left, complete")]
    [InlineData(nameof(MergeRepository), "planning, writing segments, committing, complete")]
    public async Task The_status_tells_each_step(string orchestrator, string steps)
    {
        (object request, Func<ITaskOrchestrator> code) = orchestrator switch
        {
            nameof(BackupEpoch) => ((object)Backup, (Func<ITaskOrchestrator>)(() => new BackupEpoch())),
            nameof(RestoreEpoch) => (Restore with { Acls = AclScope.Matching }, () => new RestoreEpoch()),
            nameof(PruneRepository) => (new PruneRequest { Repository = "r", Policy = new KafkaBackup.Repository.Retention.RetentionPolicy { KeepLast = 1 } }, () => new PruneRepository()),
            _ => (new MergeRequest { Repository = "r" }, () => new MergeRepository()),
        };
        var (id, history) = await RecordAsync(orchestrator, request);
        // Whenever all calls of a step have been made, and at the end.
        var told = Enumerable.Range(1, history.Count)
            .Where(length => length == history.Count || (history[length - 1].Type == HistoryEventType.TaskScheduled && history[length].Type != HistoryEventType.TaskScheduled))
            .Select(length => OrchestrationReplayer.Replay(code(), id, [.. history.Take(length)]).CustomStatus!.Trim('"')).ToList();
        Assert.Equal(steps.Split(", "), told.Where((status, i) => i == 0 || told[i - 1] != status));
    }

    [Fact]
    public async Task A_merge_that_fails_gives_its_lease_up()
    {
        var (_, history) = await RecordAsync(nameof(MergeRepository), new MergeRequest { Repository = "broken" });
        Assert.Equal(new ReturnLeaseRequest("broken", "merge-gen"), Assert.Single(Inputs<ReturnLeaseRequest>(history, nameof(ReturnLease))));
    }

    /// <summary>Twice over the whole history, and over every beginning of it that was committed, where a host may have died (the events of one commit have one time).</summary>
    private static void AssertReplays(Func<ITaskOrchestrator> code, string id, IReadOnlyList<HistoryEvent> history)
    {
        var recorded = history[^1].Output;
        for (var run = 0; run < 2; run++)
            Assert.Equal((true, recorded), (OrchestrationReplayer.Replay(code(), id, history).IsCompleted, OrchestrationReplayer.Replay(code(), id, history).Output));
        var commits = Enumerable.Range(1, history.Count - 1).Where(i => history[i].Timestamp != history[i - 1].Timestamp).ToList();
        Assert.True(commits.Count > 1);
        foreach (var length in commits)
            Assert.False(OrchestrationReplayer.Replay(code(), id, [.. history.Take(length)]).IsCompleted);
    }

    private static IEnumerable<T> Inputs<T>(IReadOnlyList<HistoryEvent> history, string activity) =>
        history.Where(e => e.Type == HistoryEventType.TaskScheduled && e.Name == activity).Select(e => JsonDataConverter.Default.Deserialize<T>(e.Input)!);

    private static async Task<(string Id, IReadOnlyList<HistoryEvent> History)> RecordAsync(string orchestrator, object request, string[]? violations = null, EpochCut? cut = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddDurableTasks(tasks => AddStubs(tasks.AddOrchestrator<BackupEpoch>().AddOrchestrator<RestoreEpoch>().AddOrchestrator<PruneRepository>().AddOrchestrator<MergeRepository>(), violations ?? [], cut));
        using var host = builder.Build();
        await host.StartAsync();
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        var id = await client.ScheduleNewOrchestrationInstanceAsync(orchestrator, request);
        var ended = await client.WaitForInstanceCompletionAsync(id, true).WaitAsync(Patience);
        Assert.True(ended.RuntimeStatus == (request is MergeRequest { Repository: "broken" } ? OrchestrationRuntimeStatus.Failed : OrchestrationRuntimeStatus.Completed), ended.ToString());
        var history = await client.GetHistoryAsync(id);
        await host.StopAsync();
        return (id, history);
    }

    private static void AddStubs(DurableTaskRegistry tasks, string[] violations, EpochCut? cut)
    {
        var none = new Dictionary<string, string?>();
        Stub<BackupRequest, EpochPlan>(nameof(OpenEpoch), _ => new("gen", 1, null, "c", ["t"]));
        Stub<CaptureRequest, GroupCapture>(nameof(CaptureGroups), _ => new([]));
        Stub<FixCutRequest, EpochCut>(nameof(FixCut), _ => cut ?? new(
            DateTimeOffset.UnixEpoch, [new("t", "life-1", null, 1, none, [new(0, 0, 0, 5, 0), new(1, 0, 0, 3, 0), new(2, 0, 4, 4, 0)])]));
        Stub<BackupSlice, BackedUpSlice>(nameof(BackUpPartitions), slice => new(
            [.. slice.Partitions.Select(p => new BackedUpPartition(p.Topic, new PartitionBackup(p.Partition, p.From, p.To, [], 0, 0, 0, -1, null), []))]));
        Stub<SealRequest, BackupReport>(nameof(SealEpoch), seal => new(1, "core", 1, seal.Slices.Sum(s => s.Partitions.Count), 0, 8, 100, 2, []));

        Stub<RestoreRequest, RestorePlan>(nameof(PlanRestore), request => new(
            "restore", 1, [new("t", "life-1", "copy", false, 1, none, 1000, [new(0, 0, 5), new(1, 0, 3)])], request.NoOffsets ? [] : ["g"], violations));
        Stub<PrepareRequest, PreparedTopics>(nameof(PrepareTopics), _ => new([new("copy", 1000, none)]) { Merge = 4 });
        Stub<RestoreSlice, RestoredSlice>(nameof(RestorePartitions), slice => new(
            [.. slice.Partitions.Select(p => new RestoredPartition(p.Source, p.Target, p.Partition, p.To, 0, p.To, 0, 0, "map"))]));
        Stub<TranslateRequest, TranslatedOffsets>(nameof(TranslateOffsets), _ => new([new("g", "t", "copy", 0, 4, 4, OffsetRule.Exact, false, "")]));
        Stub<CommitRequest, CommittedGroups>(nameof(CommitOffsets), _ => new(["g"], []));
        Stub<AclRequest, CreatedAcls>(nameof(CreateAcls), _ => new(2, 1, []));
        Stub<ConfigureRequest, ConfiguredTopics>(nameof(ConfigureTopics), _ => new([]));
        Stub<ReportRequest, RestoreReport>(nameof(WriteReport), report => new(
            report.Plan.RestoreId, 1, false, ["t=copy"], 2, report.Slices.Sum(s => s.Partitions.Sum(p => p.Records)), report.Offsets.Offsets, report.Groups.Committed, [], [], []));

        Stub<PruneRequest, int>(nameof(FinishPrunes), _ => 0);
        Stub<PruneRequest, PlannedPrune>(nameof(PlanPrune), request => new(
            new PrunePlan([new(3, DateTimeOffset.UnixEpoch, ["newest"])], [new(1, DateTimeOffset.UnixEpoch), new(2, DateTimeOffset.UnixEpoch)], 9, 100, 50), request.DryRun ? null : "prunes/1.json"));
        Stub<PruneStep, RemovedEpochs>(nameof(RemoveEpochs), _ => new([1], [2]));
        Stub<PruneStep, int>(nameof(DeleteObjects), _ => 7);
        Stub<PruneRequest, CollectedOrphans>(nameof(CollectOrphans), _ => new([], 0));

        Stub<MergeRequest, PlannedMerge>(nameof(PlanMerge), _ => new(
            "merge-gen", new MergePlan(3, 7, new MergePolicy(), [.. Enumerable.Range(0, 300).Select(i => new PlannedLineage($"t{i:000}", "life-1", 9, 8, 100, 1))], 50, 900)));
        Stub<MergeSlice, MergedSlice>(nameof(MergeSegments), slice => slice.Request.Repository == "broken"
            ? throw new InvalidOperationException("broken")
            : new([.. slice.Planned.Plan.Lineages.Select(lineage => new MergedLineage(lineage.Topic, lineage.Lineage, [], []))]));
        Stub<SealMergeRequest, MergeReport>(nameof(SealMerge), _ => new(false, 3, 7, [], 50, 3, []));
        Stub<ReturnLeaseRequest, bool>(nameof(ReturnLease), _ => true);

        void Stub<TInput, TOutput>(string name, Func<TInput, TOutput> answer) => tasks.AddActivityFunc<TInput, TOutput>(name, (_, input) => Task.FromResult(answer(input)));
    }
}
