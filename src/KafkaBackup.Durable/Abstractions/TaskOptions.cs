namespace KafkaBackup.Durable;

/// <summary>How a call of an activity or a sub-orchestration is made.</summary>
/// <param name="Retry">What to do after a failure; <see langword="null"/>: nothing, the first failure counts.</param>
/// <param name="Tags">Kept with the call in the history, for whoever reads it; no secrets.</param>
public record TaskOptions(TaskRetryOptions? Retry = null, IDictionary<string, string>? Tags = null)
{
    /// <summary>
    /// The version of the task; <see langword="null"/>: the caller's. Exactly that version runs; an unversioned task stands in only where the name has no versions.
    /// </summary>
    public TaskVersion? Version { get; init; }

    /// <summary>
    /// Ends the wait with an <see cref="OperationCanceledException"/>: an activity is told by its <see cref="TaskActivityContext.CancellationToken"/> and its result
    /// dropped, a sub-orchestration goes on by itself. The orchestrator cancels it from its own thread, after something durable.
    /// </summary>
    public CancellationToken CancellationToken { get; init; }

    public static TaskOptions FromRetryPolicy(RetryPolicy policy) => new(policy);

    public static TaskOptions FromRetryHandler(RetryHandler handler) => new(handler);

    public static TaskOptions FromRetryHandler(AsyncRetryHandler handler) => new(handler);

    /// <summary>The same options with an instance id for the sub-orchestration.</summary>
    public SubOrchestrationOptions WithInstanceId(string instanceId) => new(this, instanceId);
}
