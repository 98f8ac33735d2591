namespace KafkaBackup.Durable;

/// <summary>
/// A workflow. It is replayed from its history after every interruption, so it must decide the same thing each time: no clock, no randomness, no I/O,
/// and it awaits only tasks that come from its <see cref="TaskOrchestrationContext"/> (or combinations of them). Everything with an effect is an activity.
/// </summary>
/// <typeparam name="TInput">The input; it is stored as JSON.</typeparam>
/// <typeparam name="TOutput">The output; it is stored as JSON.</typeparam>
public abstract class TaskOrchestrator<TInput, TOutput> : ITaskOrchestrator
{
    Type ITaskOrchestrator.InputType => typeof(TInput);

    Type ITaskOrchestrator.OutputType => typeof(TOutput);

    async Task<object?> ITaskOrchestrator.RunAsync(TaskOrchestrationContext context, object? input) =>
        await RunAsync(context, TaskInput.As<TInput>(input));

    /// <summary>The story of the workflow.</summary>
    public abstract Task<TOutput> RunAsync(TaskOrchestrationContext context, TInput input);
}
