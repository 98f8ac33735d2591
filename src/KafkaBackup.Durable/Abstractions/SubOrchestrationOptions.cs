namespace KafkaBackup.Durable;

/// <summary>How a sub-orchestration is called.</summary>
/// <param name="Retry">What to do after a failure. A retry under a chosen <paramref name="InstanceId"/> finds the failed instance there, so choose one or the other.</param>
/// <param name="InstanceId">The instance id; <see langword="null"/>: one derived from the parent's.</param>
public sealed record SubOrchestrationOptions(TaskRetryOptions? Retry = null, string? InstanceId = null) : TaskOptions(Retry)
{
    public SubOrchestrationOptions(TaskOptions options, string? instanceId = null)
        : this(options.Retry, instanceId ?? (options as SubOrchestrationOptions)?.InstanceId)
    {
    }
}
