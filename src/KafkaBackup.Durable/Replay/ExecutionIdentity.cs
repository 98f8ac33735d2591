namespace KafkaBackup.Durable.Replay;

/// <summary>Which run of which instance is executed.</summary>
internal sealed record ExecutionIdentity(string InstanceId, string Name, int Generation, ParentOrchestrationInstance? Parent);
