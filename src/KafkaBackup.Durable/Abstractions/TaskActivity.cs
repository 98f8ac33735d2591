namespace KafkaBackup.Durable;

/// <summary>
/// One step with an effect. It runs at least once: an attempt that was cut off (the process died, the host stopped) is followed by another one, so the effect
/// must be idempotent. Once its completion is in the history it never runs again. Each attempt gets a new object, built from a service scope of its own.
/// <para>
/// It may run for hours. Nothing has to be sent to keep it alive: the orchestration asks for its open activities again at every heartbeat and when a host of the cluster
/// dies, and one that runs already takes no notice. What it has to do is look at <see cref="TaskActivityContext.CancellationToken"/>, tell how far it is by
/// <see cref="TaskActivityContext.ReportProgress"/>, and find out at its start what an earlier attempt has done, so as to go on from there.
/// </para>
/// </summary>
/// <typeparam name="TInput">The input; it is stored as JSON and must hold no secret.</typeparam>
/// <typeparam name="TOutput">The output; it is stored as JSON and must hold no secret.</typeparam>
public abstract class TaskActivity<TInput, TOutput> : ITaskActivity
{
    Type ITaskActivity.InputType => typeof(TInput);

    Type ITaskActivity.OutputType => typeof(TOutput);

    async Task<object?> ITaskActivity.RunAsync(TaskActivityContext context, object? input) =>
        await RunAsync(context, TaskInput.As<TInput>(input)).ConfigureAwait(false);

    /// <summary>Does the step. An exception becomes a <see cref="TaskFailedException"/> in the orchestrator.</summary>
    public abstract Task<TOutput> RunAsync(TaskActivityContext context, TInput input);
}
