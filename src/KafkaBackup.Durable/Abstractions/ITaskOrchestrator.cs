namespace KafkaBackup.Durable;

/// <summary>What the runtime sees of an orchestrator. Derive from <see cref="TaskOrchestrator{TInput,TOutput}"/> instead of implementing this.</summary>
public interface ITaskOrchestrator
{
    /// <summary>The type that the stored input is deserialized to.</summary>
    Type InputType { get; }

    /// <summary>The type of the value that <see cref="RunAsync"/> returns.</summary>
    Type OutputType { get; }

    /// <summary>Runs the orchestrator once over its history, or further.</summary>
    /// <exception cref="ArgumentException">The input is not of <see cref="InputType"/>.</exception>
    Task<object?> RunAsync(TaskOrchestrationContext context, object? input);
}
