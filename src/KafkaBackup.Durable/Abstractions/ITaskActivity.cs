namespace KafkaBackup.Durable;

/// <summary>What the runtime sees of an activity. Derive from <see cref="TaskActivity{TInput,TOutput}"/> instead of implementing this.</summary>
public interface ITaskActivity
{
    /// <summary>The type that the stored input is deserialized to.</summary>
    Type InputType { get; }

    /// <summary>The type of the value that <see cref="RunAsync"/> returns.</summary>
    Type OutputType { get; }

    /// <summary>Runs one attempt.</summary>
    /// <exception cref="ArgumentException">The input is not of <see cref="InputType"/>.</exception>
    Task<object?> RunAsync(TaskActivityContext context, object? input);
}
