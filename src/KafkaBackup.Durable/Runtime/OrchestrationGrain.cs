using KafkaBackup.Durable.Stores;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace KafkaBackup.Durable.Runtime;

/// <summary>
/// One instance: an inbox, and one pump that commits what the inbox holds, group by group, and only then lets the world know. When a commit is fenced, or the store
/// fails for long, everything in memory is forgotten; the next activation replays what was committed.
/// </summary>
[Reentrant, PreferLocalPlacement]
internal sealed class OrchestrationGrain(
    IHistoryStore store, ExecutorFactory executors, DurableTaskRegistry registry, DurableTaskOptions options, Recovery recovery, HostLife life, ILogger<OrchestrationGrain> logger)
    : Grain, IOrchestrationGrain
{
    private const int CommitAttempts = 6;
    private readonly Queue<Incoming> inbox = new();
    private InstanceRun? run;
    private WorkDispatcher? dispatcher;
    private IGrainTimer? heartbeat;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool isPumping;
    private bool isReloading;

    /// <summary>The ending of no task: it changes nothing, and is answered when what came before it is committed.</summary>
    private static HistoryEvent Nothing => new() { Type = HistoryEventType.TaskCompleted };

    private string Id => this.GetPrimaryKeyString();

    private WorkDispatcher Dispatcher => dispatcher ??= new(GrainFactory, this.AsReference<IOrchestrationGrain>(), Id, options.TimeProvider, logger);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Orleans 10.4 starts an activation inside its lock, and what runs before the first real await runs in there too. Two instances that send to each other
        // from inside their locks wait for each other for ever.
        await Task.Yield();
        if (await store.LoadAsync(Id, cancellationToken) is not { } stored)
            return;
        run = InstanceRun.Loaded(executors, stored, Dispatcher.SendTouch);
        if (!run.Row.IsLive)
            return;
        BeginHeartbeat();
        SendOpenWork();
        Pump();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        dispatcher?.Dispose();
        changed.TrySetResult();
        return Task.CompletedTask;
    }

    public Task StartAsync(StartRequest request)
    {
        VerifyState();
        if (run is not null)
        {
            if (request.Parent is { } caller && run.Row.Parent != caller)
                Dispatcher.SendEnding(caller, null, new("InstanceIdInUse", $"The instance id '{Id}' belongs to another instance.", null, null));
            else if (!run.Row.IsLive)
                Dispatcher.SendEnding(run.Row);
            return run.Row.Version is null ? EnqueueAsync(Nothing) : Task.CompletedTask;
        }
        if (!registry.HasOrchestrator(request.Name, request.TaskVersion))
        {
            var missing = registry.MissingOrchestrator(request.Name, request.TaskVersion);
            if (request.Parent is not { } parent)
                throw missing;
            Dispatcher.SendEnding(parent, null, TaskFailureDetails.FromException(missing));
            return Task.CompletedTask;
        }
        return CreateAsync(request);
    }

    public Task DeliverAsync(HistoryEvent @event) => EnqueueAsync(@event);

    public Task<HistoryEvent?> BeginAttemptAsync(int generation, int taskId, string hostName) =>
        EnqueueAsync(new HistoryEvent { Type = HistoryEventType.TaskStarted, Generation = generation, TaskId = taskId, HostName = hostName });

    public async Task<bool> WaitAsync(WaitTarget target, TimeSpan limit)
    {
        using var expiry = CancellationTokenSource.CreateLinkedTokenSource(life.Stopping);
        var expired = Task.Delay(limit, TimeProvider.System, expiry.Token);
        while (!expired.IsCompleted && !IsReached(target))
            await Task.WhenAny(changed.Task, expired);
        expiry.Cancel();
        return IsReached(target);
    }

    public Task ReportProgressAsync(int generation, int taskId, int attempt, long number, string json)
    {
        if (run is { } live && live.Row.Generation == generation && live.Work.Find(taskId) is { } task
            && !(task.Progress is { } there && (there.Attempt, there.Number).CompareTo((attempt, number)) > 0))
            task.Progress = (attempt, number, json, options.TimeProvider.GetUtcNow());
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<ActivityProgress>> GetProgressAsync()
    {
        VerifyState();
        return Task.FromResult<IReadOnlyList<ActivityProgress>>(
        [
            .. from task in run is { Row.IsLive: true } ? run.Work.All : []
               let started = task.Started
               where started is not null
               select new ActivityProgress(
                   task.Id, task.Call.Name!, started.Attempt, started.HostName, started.Timestamp, task.Progress?.Json, task.Progress?.At),
        ]);
    }

    public async Task<bool> PurgeAsync()
    {
        VerifyState();
        if (run is null or { Row.IsLive: true } || isPumping)
            return false;
        isReloading = true;
        DeactivateOnIdle();
        await store.PurgeAsync(run.Row);
        return true;
    }

    public Task TouchAsync(bool sendAgain)
    {
        VerifyState();
        if (run is null or { Row.IsLive: false })
        {
            DeactivateOnIdle();
            return Task.CompletedTask;
        }
        run.Inspect();
        Pump();
        if (sendAgain)
            SendOpenWork();
        return Task.CompletedTask;
    }

    private async Task CreateAsync(StartRequest request)
    {
        var now = options.TimeProvider.GetUtcNow();
        run = InstanceRun.New(executors, new()
        {
            Id = Id,
            Name = request.Name,
            Input = request.Input,
            Parent = request.Parent,
            TaskVersion = request.TaskVersion,
            Tags = request.Tags,
            RequestedBy = request.RequestedBy,
            StartAt = request.StartAt > now ? request.StartAt : null,
            CreatedAt = now,
            UpdatedAt = now,
        }, Dispatcher.SendTouch);
        BeginHeartbeat();
        var first = run.Row.StartAt is null ? run.Row.Start : Nothing;
        await (request.Termination is { } termination ? EnqueueAsync(first, termination) : EnqueueAsync(first));
        if (run is { Row.Status: OrchestrationRuntimeStatus.Pending })
            Dispatcher.SendStart(run.Row);
    }

    /// <returns>The last of them as committed, or null if it was ignored.</returns>
    private Task<HistoryEvent?> EnqueueAsync(params ReadOnlySpan<HistoryEvent> events)
    {
        VerifyState();
        if (run is null)
            return Task.FromResult<HistoryEvent?>(null);
        Incoming? last = null;
        foreach (var each in events)
            inbox.Enqueue(last = new(each));
        Pump();
        return last!.Done.Task;
    }

    private async void Pump()
    {
        if (isPumping || run is null)
            return;
        isPumping = true;
        var answers = new List<(Incoming Incoming, HistoryEvent? Committed)>();
        try
        {
            while (inbox.Count > 0 || run.HasMore)
            {
                var step = run.Next(inbox, options.TimeProvider.GetUtcNow());
                answers = step.Answers;
                if (step.Commit is { } commit)
                    await CommitAsync(run, commit);
                foreach (var (incoming, committed) in answers)
                    incoming.Done.TrySetResult(committed);
                Send(run, step);
            }
        }
        catch (Exception failure)
        {
            Reload(failure, answers.Select(each => each.Incoming));
        }
        finally
        {
            isPumping = false;
        }
    }

    private async Task CommitAsync(InstanceRun instance, HistoryCommit commit)
    {
        var wasParked = instance.Row.IsParked;
        instance.Committed(await Patiently.DoAsync(
            () => store.CommitAsync(commit),
            (failure, failures) =>
            {
                if (failure is FencedException || failures >= CommitAttempts)
                    return true;
                logger.CommitFailed(failure, Id, failures);
                return false;
            },
            life.Drained));
        if (instance.Row.IsParked && !wasParked)
            logger.InstanceParked(Id, instance.Row.Failure!.ErrorMessage);
    }

    private void Send(InstanceRun instance, InstanceStep step)
    {
        foreach (var task in step.Dropped)
            Dispatcher.Withdraw(task);
        if (step.Commit is { } commit && commit.Previous is { } previous && previous.Generation != commit.Next.Generation)
            Dispatcher.Dispose(); // its timers were those of the run before
        foreach (var task in step.Begun.Where(task => instance.Work.Find(task.Id) == task))
            Dispatcher.Send(task, instance.Row);
        if (step.Commit is null)
            return;
        if (!instance.Row.IsLive)
            End(instance.Row);
        var before = changed;
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        before.TrySetResult();
    }

    private void End(InstanceRecord row)
    {
        heartbeat?.Dispose();
        Dispatcher.Dispose();
        Dispatcher.SendEnding(row);
        DeactivateOnIdle();
    }

    private void Reload(Exception why, IEnumerable<Incoming> unanswered)
    {
        if (!life.Stopping.IsCancellationRequested)
            logger.InstanceReloads(why, Id);
        var reloading = new InstanceReloadingException($"The instance '{Id}' is being loaded again: {why.Message}");
        foreach (var incoming in unanswered.Concat(inbox))
            incoming.Done.TrySetException(reloading);
        inbox.Clear();
        isReloading = true;
        run = null;
        heartbeat?.Dispose();
        dispatcher?.Dispose();
        changed.TrySetResult();
        DeactivateOnIdle();
        recovery.TakeUpSoon(Id);
    }

    private void BeginHeartbeat() => heartbeat = this.RegisterGrainTimer(
        _ =>
        {
            SendOpenWork();
            return Task.CompletedTask;
        },
        new GrainTimerCreationOptions { DueTime = options.HeartbeatInterval, Period = options.HeartbeatInterval, Interleave = true, KeepAlive = true });

    private void SendOpenWork()
    {
        if (run is not { Row: { IsLive: true, Version: not null } } live || isPumping)
            return;
        if (live.Row.Status == OrchestrationRuntimeStatus.Pending)
            Dispatcher.SendStart(live.Row);
        foreach (var task in live.Work.All)
            Dispatcher.Send(task, live.Row);
    }

    private bool IsReached(WaitTarget target) => isReloading || run is not { Row: var row } || row.Version is not null && (target == WaitTarget.Start
        ? row.Status != OrchestrationRuntimeStatus.Pending
        : !row.IsLive || (row.IsParked && !isPumping && !run.HasMore));

    private void VerifyState()
    {
        if (isReloading)
            throw new InstanceReloadingException($"The instance '{Id}' is being loaded again.");
    }
}
