using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.Replay;

/// <summary>
/// Runs one run of one instance: first over its history, then event by event as they come. It knows nothing of stores or hosts. Once <see cref="Fault"/> is set
/// the code's state is worth nothing.
/// </summary>
internal sealed class OrchestrationExecutor
{
    private readonly ExecutionIdentity identity;
    private readonly ITaskOrchestrator code;
    private readonly DataConverter converter;
    private readonly ExecutorContext context;
    private readonly OrchestratorScheduler scheduler;
    private readonly OpenCalls openCalls = new();
    private readonly List<HistoryEvent> newCalls = [];
    private readonly List<int> cancelledCalls = [];
    private readonly List<HistoryEvent> held = [];
    private RecordedCalls? recorded;
    private int position;
    private Task<string?>? run;
    private (string? Input, string? Version, bool PreserveEvents)? next;

    public OrchestrationExecutor(ExecutionIdentity identity, ITaskOrchestrator code, DataConverter converter, ILoggerFactory loggers)
    {
        this.identity = identity;
        this.code = code;
        this.converter = converter;
        context = new(this, identity, converter, loggers);
        scheduler = new(() => Intruded?.Invoke());
        Events = new(IsOnItsThread);
    }

    /// <summary>Raised, on any thread, when the code goes on where it must not: <see cref="Inspect"/> will find a fault.</summary>
    public event Action? Intruded;

    /// <summary>Raised in a replay for each call that the history has, as the code makes it now.</summary>
    public event Action<HistoryEvent>? CallMatched;

    /// <summary>Why the code and its history do not go together, or <see langword="null"/>.</summary>
    public NonDeterministicOrchestrationException? Fault { get; private set; }

    public bool IsSuspended { get; private set; }

    public bool IsReplaying => recorded is not null;

    public DateTimeOffset Now { get; private set; }

    public string? Input { get; private set; }

    public string? CustomStatus { get; set; }

    public ExternalEvents Events { get; }

    /// <summary>The number of the next call.</summary>
    public int NextTaskId { get; private set; }

    /// <summary>How the run ended, or <see langword="null"/> while it goes on.</summary>
    public ExecutionOutcome? Outcome => run switch
    {
        null or { IsCompleted: false } => null,
        { IsCompletedSuccessfully: true } when next is { } following =>
            new ExecutionOutcome.ContinuedAsNew(following.Input, following.Version, following.PreserveEvents ? [.. Events.Unclaimed] : []),
        { IsCompletedSuccessfully: true } => new ExecutionOutcome.Completed(run.Result),
        _ => new ExecutionOutcome.Failed(TaskFailureDetails.FromException(run.Exception?.InnerException ?? new TaskCanceledException(run))),
    };

    /// <summary>Whether <see cref="TakeNewCalls"/> has something.</summary>
    public bool HasNewCalls => newCalls.Count > 0;

    /// <summary>Goes through a history. What the code calls beyond it is left in <see cref="TakeNewCalls"/>.</summary>
    public void Replay(IReadOnlyList<HistoryEvent> history)
    {
        recorded = new(history);
        for (position = 0; position < history.Count && Fault is null; position++)
            Apply(history[position]);
        if (Fault is null)
            Try(recorded.VerifyAllMade);
        recorded = null;
    }

    /// <summary>Delivers one event and runs the code until it waits again.</summary>
    public void Apply(HistoryEvent @event)
    {
        if (@event.Timestamp > Now)
            Now = @event.Timestamp;
        if (@event.Type == HistoryEventType.ExecutionSuspended)
            IsSuspended = true;
        else if (@event.Type == HistoryEventType.ExecutionResumed)
            Resume();
        else if (IsSuspended)
            held.Add(@event);
        else
            Deliver(@event);
    }

    /// <summary>The calls that were made since this was last asked: they are to be committed with the event that caused them.</summary>
    public IReadOnlyList<HistoryEvent> TakeNewCalls()
    {
        HistoryEvent[] taken = [.. newCalls];
        newCalls.Clear();
        return taken;
    }

    /// <summary>The calls that the code has cancelled since this was last asked.</summary>
    public IReadOnlyList<int> TakeCancelledCalls()
    {
        int[] taken = [.. cancelledCalls];
        cancelledCalls.Clear();
        return taken;
    }

    /// <summary>A call by the code: checked against the history in a replay, new otherwise.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, now or later.</exception>
    public async Task<CallResult> Call(HistoryEvent call, CancellationToken cancellation)
    {
        VerifyThread();
        cancellation.ThrowIfCancellationRequested();
        var taskId = NextTaskId++;
        call = call with { TaskId = taskId, Timestamp = Now, Generation = identity.Generation };
        HistoryEvent? match = null;
        Try(() => match = recorded?.Match(call, position));
        if (Fault is not null)
            throw Fault;
        if (match is null)
            newCalls.Add(call);
        else
            CallMatched?.Invoke(call);
        var ending = openCalls.Open(match ?? call);
        using var registration = cancellation.Register(() => Cancel(taskId, cancellation));
        return await ending;
    }

    public void ContinueAsNew(string? input, string? version, bool preserveEvents) => next = (input, version, preserveEvents);

    /// <summary>Looks whether the code has gone on where it must not.</summary>
    public void Inspect()
    {
        if (scheduler.WasIntruded)
            Fault ??= new("The orchestrator awaits something that is not durable, such as Task.Delay or Task.Run; everything it awaits must come from its context.");
    }

    /// <exception cref="NonDeterministicOrchestrationException">The code has left its thread.</exception>
    public void VerifyThread()
    {
        if (!IsOnItsThread())
            throw Fault!;
    }

    /// <summary>False, and a fault, if the code has left its thread. It does not throw: what cancels a token may have nobody to catch it.</summary>
    public bool IsOnItsThread()
    {
        if (scheduler.IsCurrent)
            return true;
        Fault ??= new("The orchestrator has left its own thread, by ConfigureAwait(false), Task.Run or a token that is cancelled from elsewhere; everything it awaits must come from its context.");
        Intruded?.Invoke();
        return false;
    }

    private void Cancel(int taskId, CancellationToken token)
    {
        if (IsOnItsThread() && openCalls.Cancel(taskId, token))
            cancelledCalls.Add(taskId);
    }

    private void Resume()
    {
        IsSuspended = false;
        HistoryEvent[] waiting = [.. held];
        held.Clear();
        foreach (var each in waiting)
            Deliver(each);
    }

    private void Deliver(HistoryEvent @event)
    {
        if (Fault is not null)
            return;
        scheduler.Run(() => Handle(@event));
        Inspect();
        if (run is { IsCompleted: false } && !openCalls.Any && !Events.HasWaiters)
            Fault ??= new("The orchestrator waits, but for nothing durable; everything it awaits must come from its context.");
    }

    private void Handle(HistoryEvent @event)
    {
        switch (@event.Type)
        {
            case HistoryEventType.ExecutionStarted:
                Input = @event.Input;
                run = Task.Factory.StartNew(RunCodeAsync, CancellationToken.None, TaskCreationOptions.None, scheduler).Unwrap();
                break;
            case HistoryEventType.TaskStarted:
                openCalls.Started(@event);
                break;
            case HistoryEventType.TaskCompleted or HistoryEventType.TaskFailed or HistoryEventType.TimerFired:
            case HistoryEventType.SubOrchestrationInstanceCompleted or HistoryEventType.SubOrchestrationInstanceFailed:
                openCalls.Ended(@event);
                break;
            case HistoryEventType.EventRaised:
                Events.Raise(@event);
                break;
        }
    }

    private async Task<string?> RunCodeAsync() => converter.Serialize(await code.RunAsync(context, converter.Deserialize(Input, code.InputType)));

    private void Try(Action check)
    {
        try
        {
            check();
        }
        catch (NonDeterministicOrchestrationException fault)
        {
            Fault ??= fault;
        }
    }
}
