namespace KafkaBackup.Durable.Replay;

/// <summary>
/// Runs an orchestrator's continuations one after another, on the thread that calls <see cref="Run"/> and only while it is called. A continuation that comes from
/// anywhere else belongs to something that is not durable; it is not run, and noted.
/// </summary>
/// <param name="onIntrusion">Is told of it, on that other thread.</param>
internal sealed class OrchestratorScheduler(Action onIntrusion) : TaskScheduler
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
            // As a task of this scheduler: so a continuation that was told to go anywhere (ConfigureAwait(false)) does go elsewhere, each time, and is found out.
            var first = new Task(action);
            first.RunSynchronously(this);
            first.GetAwaiter().GetResult();
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
        {
            queue.Enqueue(task);
            return;
        }
        wasIntruded = true;
        onIntrusion();
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => IsCurrent && !taskWasPreviouslyQueued && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
