namespace KafkaBackup.Durable;

/// <summary>How a new instance is started.</summary>
/// <param name="InstanceId">Its identity; <see langword="null"/>: a new GUID. An id that is known already is not started again.</param>
/// <param name="StartAt">When it starts; <see langword="null"/> or a time that has passed: now.</param>
public sealed record StartOrchestrationOptions(string? InstanceId = null, DateTimeOffset? StartAt = null);
