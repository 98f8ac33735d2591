namespace KafkaBackup.Durable;

/// <summary>How a new instance is started.</summary>
/// <param name="InstanceId">Its identity; <see langword="null"/>: a new GUID. An id that is known already is not started again.</param>
/// <param name="StartAt">When it starts; <see langword="null"/> or a time that has passed: now.</param>
public sealed record StartOrchestrationOptions(string? InstanceId = null, DateTimeOffset? StartAt = null)
{
    /// <summary>Kept with the instance, for whoever looks at it; no secrets.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The version of the orchestrator; <see langword="null"/>: <see cref="DurableTaskOptions.DefaultVersion"/>.</summary>
    public TaskVersion? Version { get; init; }
}
