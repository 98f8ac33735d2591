namespace KafkaBackup.Durable;

/// <summary>
/// One step with an effect. It runs at least once: an attempt that was cut off (the process died, the host stopped) is followed by another one, so the effect
/// must be idempotent. Once its completion is in the history it never runs again. Each attempt gets a new object, built from a service scope of its own.
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
