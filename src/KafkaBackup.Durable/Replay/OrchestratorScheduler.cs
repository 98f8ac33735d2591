namespace KafkaBackup.Durable.Replay;

/// <summary>
/// Runs an orchestrator's continuations one after another, on the thread that calls <see cref="Run"/> and only while it is called. A continuation that comes from
/// anywhere else belongs to something that is not durable; it is not run, and noted.
/// </summary>
internal sealed class OrchestratorScheduler : TaskScheduler
{
    [ThreadStatic]
    private static OrchestratorScheduler? current;

    private readonly Queue<Task> queue = new();
    private volatile bool wasIntruded;

    /// <summary>True on the orchestrator's own thread.</summary>
    public bool IsCurrent => current == this;

    /// <summary>True once a continuation has come from outside.</summary>
    public bool WasIntruded => wasIntruded;

    /// <summary>Does the action, then whatever it has set in motion, until nothing is left to do.</summary>
    public void Run(Action action)
    {
        var (outer, outerContext) = (current, SynchronizationContext.Current);
        current = this;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            action();
            while (!wasIntruded && queue.TryDequeue(out var task))
                TryExecuteTask(task);
        }
        finally
        {
            current = outer;
            SynchronizationContext.SetSynchronizationContext(outerContext);
        }
    }

    protected override void QueueTask(Task task)
    {
        if (IsCurrent)
            queue.Enqueue(task);
        else
            wasIntruded = true;
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => IsCurrent && !taskWasPreviouslyQueued && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
