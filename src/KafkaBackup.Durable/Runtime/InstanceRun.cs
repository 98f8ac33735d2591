using KafkaBackup.Durable.Replay;
using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>
/// An instance in memory: its row, its open work and its code. It turns what arrives into steps to commit and does nothing else; a step that could not be committed
/// makes this object worthless.
/// </summary>
internal sealed class InstanceRun
{
    private readonly ExecutorFactory executors;
    private readonly Action onIntrusion;
    private OrchestrationExecutor? executor;
    private bool hasStarted;
    private bool isSuspended;
    private TaskFailureDetails? parked;
    private bool parkedInHistory;
    private bool rowIsStale;

    private InstanceRun(ExecutorFactory executors, InstanceRecord row, IReadOnlyList<HistoryEvent> history, Action? onIntrusion)
    {
        this.executors = executors;
        this.onIntrusion = onIntrusion ?? (() => { });
        Row = row;
        Work = new(history);
        hasStarted = history.Any(each => each.Type == HistoryEventType.ExecutionStarted);
        isSuspended = row.Status == OrchestrationRuntimeStatus.Suspended;
        parkedInHistory = row.IsParked;
    }

    /// <summary>The row as committed last; without a version before the first commit.</summary>
    public InstanceRecord Row { get; private set; }

    public OpenWork Work { get; private set; }

    /// <summary>Whether there is something to commit although nothing arrived: the code has got further by itself.</summary>
    public bool HasMore => (rowIsStale || executor is { Fault: not null }) && Row.IsLive;

    /// <param name="executors">Makes its code.</param>
    /// <param name="row">Its row, without a version.</param>
    /// <param name="onIntrusion">Is told, on any thread, that the code has gone on where it must not: <see cref="Inspect"/> then.</param>
    public static InstanceRun New(ExecutorFactory executors, InstanceRecord row, Action? onIntrusion = null)
    {
        var run = new InstanceRun(executors, row, [], onIntrusion);
        run.executor = run.TryCreateExecutor(row.Generation, row.TaskVersion);
        run.rowIsStale = true;
        return run;
    }

    /// <inheritdoc cref="New"/>
    public static InstanceRun Loaded(ExecutorFactory executors, StoredInstance stored, Action? onIntrusion = null)
    {
        var run = new InstanceRun(executors, stored.Instance, stored.History, onIntrusion);
        if (stored.Instance.IsLive)
            run.Replay(stored.History);
        return run;
    }

    /// <summary>Takes what has arrived, in order, as far as one commit reaches.</summary>
    public InstanceStep Next(Queue<Incoming> inbox, DateTimeOffset now)
    {
        now = now > Row.UpdatedAt ? now : Row.UpdatedAt;
        var step = new InstanceStep();
        var builder = new StepBuilder(Row, now);
        AddWhatTheCodeDid(builder, step);
        while (!builder.IsClosed && inbox.TryDequeue(out var incoming))
        {
            if (!Accepts(incoming.Event))
            {
                step.Answers.Add((incoming, null));
                continue;
            }
            var accepted = builder.Add(Complete(incoming.Event));
            step.Answers.Add((incoming, accepted));
            Take(accepted);
            AddWhatTheCodeDid(builder, step);
        }
        if (builder.HasEvents || rowIsStale)
            step.Commit = builder.Build(Row.Version is null ? null : Row, Describe);
        rowIsStale = executor?.Outcome is not null && !builder.HasEnded;
        return step;
    }

    public void Committed(InstanceRecord row) => Row = row;

    /// <summary>Looks whether the code has gone on where it must not; there is more to commit then.</summary>
    public void Inspect() => executor?.Inspect();

    private bool Accepts(HistoryEvent @event) => Row.IsLive && @event.Type switch
    {
        HistoryEventType.ExecutionStarted => !hasStarted,
        HistoryEventType.ExecutionSuspended => !isSuspended,
        HistoryEventType.ExecutionResumed => isSuspended,
        HistoryEventType.EventRaised or HistoryEventType.ExecutionTerminated => true,
        _ => @event.Generation == Row.Generation && Work.Find(@event.TaskId) is not null,
    };

    private HistoryEvent Complete(HistoryEvent @event)
    {
        var task = Work.Find(@event.TaskId);
        return @event.Type == HistoryEventType.TaskStarted
            ? @event with { Name = task!.Call.Name, Attempt = task.NextAttempt }
            : @event with { Name = @event.Name ?? task?.Call.Name };
    }

    private void Take(HistoryEvent @event)
    {
        Work.Record(@event);
        hasStarted |= @event.Type == HistoryEventType.ExecutionStarted;
        isSuspended = @event.Type == HistoryEventType.ExecutionSuspended || (isSuspended && @event.Type != HistoryEventType.ExecutionResumed);
        if (@event.Type != HistoryEventType.ExecutionTerminated)
            executor?.Apply(@event);
    }

    private void AddWhatTheCodeDid(StepBuilder builder, InstanceStep step)
    {
        if (!Row.IsLive)
            return;
        if (builder.IsTerminated)
        {
            executor = null;
            step.Begun.Clear();
            step.Dropped.AddRange(Work.All);
            return;
        }
        if (executor?.Fault is { } fault)
            Park(fault);
        if (executor is null != parkedInHistory)
        {
            parkedInHistory = executor is null;
            builder.Add(parkedInHistory
                ? new() { Type = HistoryEventType.ExecutionParked, Reason = parked?.ErrorMessage }
                : new() { Type = HistoryEventType.ExecutionUnparked });
        }
        if (executor is null)
            return;
        foreach (var call in executor.TakeNewCalls())
        {
            Work.Record(builder.Add(call));
            step.Begun.Add(Work.Find(call.TaskId)!);
        }
        foreach (var cancelled in executor.TakeCancelledCalls())
        {
            if (Work.Find(cancelled) is { } task)
                step.Dropped.Add(task);
            Work.Forget(cancelled);
        }
        if (executor.Outcome is { } outcome && !builder.IsClosed)
            End(outcome, builder, step);
    }

    private void End(ExecutionOutcome outcome, StepBuilder builder, InstanceStep step)
    {
        step.Dropped.AddRange(Work.All);
        step.Begun.Clear();
        switch (outcome)
        {
            case ExecutionOutcome.ContinuedAsNew next:
                builder.BeginGeneration(next.Input, next.Version);
                Work = new([]);
                executor = TryCreateExecutor(builder.Generation, next.Version);
                builder.Add(new() { Type = HistoryEventType.ContinueAsNew, Input = next.Input });
                Take(builder.Add(Row.Start with { Input = next.Input, Version = next.Version }));
                foreach (var carried in next.Events)
                    Take(builder.Add(carried));
                AddWhatTheCodeDid(builder, step);
                break;
            case ExecutionOutcome.Completed completed:
                builder.End(OrchestrationRuntimeStatus.Completed, completed.Output, null);
                break;
            case ExecutionOutcome.Failed failed:
                builder.End(OrchestrationRuntimeStatus.Failed, null, executors.Secrets.Clean(failed.Failure));
                break;
        }
    }

    private InstanceRecord Describe(InstanceRecord row) => row with
    {
        Status = !row.IsLive ? row.Status
            : isSuspended ? OrchestrationRuntimeStatus.Suspended
            : hasStarted ? OrchestrationRuntimeStatus.Running
            : OrchestrationRuntimeStatus.Pending,
        CustomStatus = executor is null ? row.CustomStatus : executor.CustomStatus,
        IsParked = row.IsLive && parked is not null,
        Failure = row.IsLive ? parked : row.Failure,
    };

    private void Replay(IReadOnlyList<HistoryEvent> history)
    {
        executor = TryCreateExecutor(Row.Generation, Row.TaskVersion);
        executor?.Replay(history);
        if (executor?.Fault is { } fault)
            Park(fault);
        rowIsStale = parked?.ErrorMessage != Row.Failure?.ErrorMessage || executor is { Outcome: not null } or { HasNewCalls: true };
        foreach (var cancelled in executor?.TakeCancelledCalls() ?? [])
            Work.Forget(cancelled);
    }

    private OrchestrationExecutor? TryCreateExecutor(int generation, string? version)
    {
        try
        {
            var parent = Row.Parent is { } call ? new ParentOrchestrationInstance(call.Name, call.InstanceId) : null;
            var created = executors.Create(new(Row.Id, Row.Name, version, generation, parent));
            created.Intruded += onIntrusion;
            return created;
        }
        catch (Exception missing)
        {
            Park(missing);
            return null;
        }
    }

    private void Park(Exception why)
    {
        executor = null;
        parked = executors.Secrets.Clean(TaskFailureDetails.FromException(why)) with { StackTrace = null };
        rowIsStale = true;
    }
}
