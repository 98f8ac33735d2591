using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.Runtime;

/// <summary>
/// Runs the activities of this host, so many at a time. An attempt begins with a commit that says so; its ending is delivered until the orchestration has it. What
/// the stop of the host cuts off has no ending, and is begun again after.
/// </summary>
internal sealed class ActivityWorker(
    DurableTaskRegistry registry, DurableTaskOptions options, SecretGuard secrets, IServiceScopeFactory scopes, IGrainFactory grains, HostLife life, ILogger<ActivityWorker> logger)
    : BackgroundService
{
    private readonly SemaphoreSlim gate = new(options.MaxConcurrentActivities);
    private readonly ConcurrentDictionary<RunningAttempt, bool> running = new();
    private int busy;

    public async Task RunAsync(ActivityRequest request, CancellationToken cancelled)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancelled, life.Stopping);
        Interlocked.Increment(ref busy);
        try
        {
            var result = await BeginAndExecuteAsync(request, ending.Token);
            if (result is not null && !cancelled.IsCancellationRequested)
                await DeliverAsync(request, result, cancelled);
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested || life.Stopping.IsCancellationRequested)
        {
            logger.ActivityCutOff(request.Name, request.InstanceId, request.TaskId, cancelled.IsCancellationRequested ? "nobody waits for it" : "the host stops");
        }
        finally
        {
            Interlocked.Decrement(ref busy);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.DrainTimeout);
        while (Volatile.Read(ref busy) > 0 && !limit.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        life.HasDrained();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.ProgressInterval, TimeProvider.System);
        // Ended by disposing it, for a wait that is cancelled looks up the source lines of its stack first: a tenth of a second at the end of every run.
        await using var stop = stoppingToken.UnsafeRegister(static ticking => ((PeriodicTimer)ticking!).Dispose(), timer);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            foreach (var attempt in running.Keys)
                PassOnProgress(attempt);
        }
    }

    private async Task<HistoryEvent?> BeginAndExecuteAsync(ActivityRequest request, CancellationToken ending)
    {
        await gate.WaitAsync(ending);
        try
        {
            var started = await Reach(request, () => Orchestration(request).BeginAttemptAsync(request.Generation, request.TaskId, options.HostName), ending);
            if (started is null)
                return null;
            var attempt = new RunningAttempt(request, started, ending);
            running.TryAdd(attempt, true);
            try
            {
                return await ExecuteAsync(attempt);
            }
            finally
            {
                running.TryRemove(attempt, out _);
            }
        }
        finally
        {
            gate.Release();
        }
    }

    /// <returns>The ending, or <see langword="null"/> if the attempt was cut off.</returns>
    private async Task<HistoryEvent?> ExecuteAsync(RunningAttempt attempt)
    {
        var request = attempt.Request;
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var activity = registry.CreateActivity(request.Name, request.Version, scope.ServiceProvider);
            var output = await activity.RunAsync(attempt, options.DataConverter.Deserialize(request.Input, activity.InputType));
            var json = secrets.Verify(options.DataConverter.Serialize(output), $"The output of activity {request.Name}");
            return Ending(attempt) with { Type = HistoryEventType.TaskCompleted, Output = json };
        }
        catch (Exception failure)
        {
            if (attempt.CancellationToken.IsCancellationRequested)
                throw new OperationCanceledException("The attempt was cut off.", failure, attempt.CancellationToken);
            var details = secrets.Clean(TaskFailureDetails.FromException(failure));
            logger.ActivityFailed(request.Name, request.InstanceId, request.TaskId, attempt.Attempt, details);
            return Ending(attempt) with { Type = HistoryEventType.TaskFailed, Failure = details };
        }
    }

    private HistoryEvent Ending(RunningAttempt attempt) => new()
    {
        Type = HistoryEventType.TaskCompleted,
        TaskId = attempt.Request.TaskId,
        Generation = attempt.Request.Generation,
        HostName = options.HostName,
        Attempt = attempt.Attempt,
        StartedAt = attempt.Started.Timestamp,
    };

    private async Task DeliverAsync(ActivityRequest request, HistoryEvent ending, CancellationToken cancelled)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancelled, life.Drained);
        await Reach(
            request,
            async () =>
            {
                await Orchestration(request).DeliverAsync(ending);
                return true;
            },
            end.Token);
    }

    private Task<T> Reach<T>(ActivityRequest request, Func<Task<T>> call, CancellationToken cancellation) => Patiently.DoAsync(
        call,
        (failure, _) =>
        {
            logger.OrchestrationUnreachable(failure, request.Name, request.InstanceId, request.TaskId);
            return false;
        },
        cancellation);

    private void PassOnProgress(RunningAttempt attempt)
    {
        if (attempt.TakeProgress() is not var (progress, number))
            return;
        var request = attempt.Request;
        try
        {
            var json = secrets.Clean(options.DataConverter.Serialize(progress)!);
            Orchestration(request).ReportProgressAsync(request.Generation, request.TaskId, attempt.Attempt, number, json).Ignore();
        }
        catch (Exception unserializable)
        {
            logger.ProgressUnserializable(unserializable, request.Name, request.InstanceId);
        }
    }

    private IOrchestrationGrain Orchestration(ActivityRequest request) => grains.GetGrain<IOrchestrationGrain>(request.InstanceId);
}
