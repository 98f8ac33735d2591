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
    private readonly OrchestratorScheduler scheduler = new();
    private readonly OpenCalls openCalls = new();
    private readonly List<HistoryEvent> newCalls = [];
    private readonly List<int> cancelledTimers = [];
    private readonly List<HistoryEvent> held = [];
    private RecordedCalls? recorded;
    private int position;
    private Task<string?>? run;
    private (string? Input, bool PreserveEvents)? next;

    public OrchestrationExecutor(ExecutionIdentity identity, ITaskOrchestrator code, DataConverter converter, ILoggerFactory loggers)
    {
        this.identity = identity;
        this.code = code;
        this.converter = converter;
        context = new(this, identity, converter, loggers);
    }

    /// <summary>Why the code and its history do not go together, or <see langword="null"/>.</summary>
    public NonDeterministicOrchestrationException? Fault { get; private set; }

    public bool IsSuspended { get; private set; }

    public bool IsReplaying => recorded is not null;

    public DateTimeOffset Now { get; private set; }

    public string? Input { get; private set; }

    public string? CustomStatus { get; set; }

    public ExternalEvents Events { get; } = new();

    /// <summary>The number of the next call.</summary>
    public int NextTaskId { get; private set; }

    /// <summary>How the run ended, or <see langword="null"/> while it goes on.</summary>
    public ExecutionOutcome? Outcome => run switch
    {
        null or { IsCompleted: false } => null,
        { IsCompletedSuccessfully: true } when next is { } following =>
            new ExecutionOutcome.ContinuedAsNew(following.Input, following.PreserveEvents ? [.. Events.Unclaimed] : []),
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

    /// <summary>The timers that the code has cancelled since this was last asked.</summary>
    public IReadOnlyList<int> TakeCancelledTimers()
    {
        int[] taken = [.. cancelledTimers];
        cancelledTimers.Clear();
        return taken;
    }

    /// <summary>A call by the code: checked against the history in a replay, new otherwise.</summary>
    public Task<CallResult> Call(HistoryEvent call)
    {
        VerifyThread();
        call = call with { TaskId = NextTaskId++, Timestamp = Now, Generation = identity.Generation };
        HistoryEvent? match = null;
        Try(() => match = recorded?.Match(call, position));
        if (Fault is not null)
            throw Fault;
        if (match is null)
            newCalls.Add(call);
        return openCalls.Open(match ?? call);
    }

    public void CancelTimer(int taskId, CancellationToken token)
    {
        VerifyThread();
        if (openCalls.Cancel(taskId, token))
            cancelledTimers.Add(taskId);
    }

    public void ContinueAsNew(string? input, bool preserveEvents) => next = (input, preserveEvents);

    /// <exception cref="NonDeterministicOrchestrationException">The code has left its thread.</exception>
    public void VerifyThread()
    {
        if (!scheduler.IsCurrent)
            throw Fault ??= new("The orchestrator has left its own thread, by ConfigureAwait(false) or Task.Run; everything it awaits must come from its context.");
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
        if (scheduler.WasIntruded)
            Fault ??= new("The orchestrator awaits something that is not durable, such as Task.Delay or Task.Run; everything it awaits must come from its context.");
        else if (run is { IsCompleted: false } && !openCalls.Any && !Events.HasWaiters)
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
