namespace KafkaBackup.Durable;

/// <summary>How a call of an activity or a sub-orchestration is made.</summary>
/// <param name="Retry">What to do after a failure; <see langword="null"/>: nothing, the first failure counts.</param>
public record TaskOptions(TaskRetryOptions? Retry = null)
{
    public static TaskOptions FromRetryPolicy(RetryPolicy policy) => new(policy);

    public static TaskOptions FromRetryHandler(RetryHandler handler) => new(handler);

    public static TaskOptions FromRetryHandler(AsyncRetryHandler handler) => new(handler);

    /// <summary>The same options with an instance id for the sub-orchestration.</summary>
    public SubOrchestrationOptions WithInstanceId(string instanceId) => new(this, instanceId);
}
