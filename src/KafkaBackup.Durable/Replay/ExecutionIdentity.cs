namespace KafkaBackup.Durable.Replay;

/// <summary>Which run of which instance is executed, and by which version of its code.</summary>
internal sealed record ExecutionIdentity(string InstanceId, string Name, string? Version, int Generation, ParentOrchestrationInstance? Parent);
