using KafkaBackup.Durable;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Instances;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Retention;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Host.Plans;

/// <summary>
/// Starts an epoch whenever a plan's schedule says so. A plan never runs two at once: a tick that finds one running is passed over. A tick
/// that was missed while no host ran is made up for once, at start.
/// </summary>
public sealed partial class PlanScheduler(
    HostSettings settings, InstanceStarter starter, DurableTaskClient client, TimeProvider time, ILogger<PlanScheduler> logger) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private static readonly OrchestrationRuntimeStatus[] Unfinished =
        [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended];

    /// <summary>What a plan asks for.</summary>
    public static BackupRequest RequestOf(string name, PlanSettings plan) => new()
    {
        Cluster = plan.Cluster!,
        Repository = plan.Repository!,
        Topics = plan.Topics,
        Exclude = plan.Exclude,
        Groups = plan.Groups,
        Acls = plan.Acls,
        SegmentBytes = plan.SegmentBytes,
        PackedSegmentBytes = plan.PackedSegmentBytes,
        PackBytes = plan.PackBytes,
        RateLimit = plan.RateLimit,
        Plan = name,
    };

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(settings.Plans.Select(plan => RunAsync(plan.Key, plan.Value, stoppingToken)));

    private async Task RunAsync(string name, PlanSettings plan, CancellationToken stopping)
    {
        var schedule = PlanSchedule.Parse(plan.Schedule!);
        var request = RequestOf(name, plan);
        DateTimeOffset? last = null;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                last ??= await BeginAsync(name, schedule, request, stopping);
                await WaitAsync(schedule.Next(last.Value), stopping);
                var id = await starter.StartAsync(nameof(BackupEpoch), request, $"plan {name}", stopping);
                var ended = await client.WaitForInstanceCompletionAsync(id, true, stopping);
                last = time.GetUtcNow();
                LogEpoch(logger, name, id, ended.RuntimeStatus, ended.FailureDetails?.ErrorMessage ?? ended.SerializedOutput);
                if (plan.Retention is { } retention && ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed)
                    await PruneAsync(name, plan, retention, stopping);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                LogFailure(logger, name, e);
                await Task.Delay(RetryAfter, time, stopping);
            }
        }
    }

    private async Task PruneAsync(string name, PlanSettings plan, RetentionSettings retention, CancellationToken stopping)
    {
        var request = new PruneRequest { Repository = plan.Repository!, Policy = retention.ToPolicy(), Plan = name };
        var id = await starter.StartAsync(nameof(PruneRepository), request, $"plan {name}", stopping);
        var ended = await client.WaitForInstanceCompletionAsync(id, true, stopping);
        LogPrune(logger, name, id, ended.RuntimeStatus, ended.FailureDetails?.ErrorMessage ?? ended.SerializedOutput);
    }

    /// <summary>Waits for what an earlier host left unfinished of this plan, as it was configured then; says when the plan was last begun.</summary>
    private async Task<DateTimeOffset> BeginAsync(string name, PlanSchedule schedule, BackupRequest request, CancellationToken stopping)
    {
        await foreach (var instance in client.GetAllInstancesAsync(new OrchestrationQuery(Statuses: Unfinished, FetchInputsAndOutputs: true)).WithCancellation(stopping))
        {
            if (instance.Name == nameof(BackupEpoch) && instance.ReadInputAs<BackupRequest>()?.Plan == name)
                await client.WaitForInstanceCompletionAsync(instance.InstanceId, false, stopping);
        }

        var last = (await starter.FindLatestAsync(nameof(BackupEpoch), request, stopping))?.CreatedAt ?? time.GetUtcNow();
        LogPlan(logger, name, schedule.Next(last));
        return last;
    }

    /// <summary>Waits for a time of day: in pieces, since a timer has a longest wait, and the clock may be set meanwhile.</summary>
    private async Task WaitAsync(DateTimeOffset until, CancellationToken stopping)
    {
        while (until - time.GetUtcNow() is var wait && wait > TimeSpan.Zero)
            await Task.Delay(wait < LongestWait ? wait : LongestWait, time, stopping);
    }

    [LoggerMessage(3001, LogLevel.Information, "plan {Plan}: next epoch at {Next:u}")]
    private static partial void LogPlan(ILogger logger, string plan, DateTimeOffset next);

    [LoggerMessage(3002, LogLevel.Information, "plan {Plan}: {Instance} {Status}: {Output}")]
    private static partial void LogEpoch(ILogger logger, string plan, string instance, OrchestrationRuntimeStatus status, string? output);

    [LoggerMessage(3004, LogLevel.Information, "plan {Plan}: {Instance} {Status}: {Output}")]
    private static partial void LogPrune(ILogger logger, string plan, string instance, OrchestrationRuntimeStatus status, string? output);

    [LoggerMessage(3003, LogLevel.Error, "plan {Plan}: an epoch could not be started")]
    private static partial void LogFailure(ILogger logger, string plan, Exception exception);
}
