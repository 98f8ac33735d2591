namespace KafkaBackup.Durable;

/// <summary>How a sub-orchestration is called.</summary>
public sealed record SubOrchestrationOptions : TaskOptions
{
    /// <param name="retry">What to do after a failure. A retry under a chosen <paramref name="instanceId"/> finds the failed instance there, so choose one or the other.</param>
    /// <param name="instanceId">The instance id; <see langword="null"/>: one derived from the parent's.</param>
    public SubOrchestrationOptions(TaskRetryOptions? retry = null, string? instanceId = null)
        : base(retry) => InstanceId = instanceId;

    public SubOrchestrationOptions(TaskOptions options, string? instanceId = null)
        : base(options) => InstanceId = instanceId ?? (options as SubOrchestrationOptions)?.InstanceId;

    /// <summary>The instance id; <see langword="null"/>: one derived from the parent's.</summary>
    public string? InstanceId { get; init; }
}
