namespace KafkaBackup.Durable;

/// <summary>The orchestration that started a sub-orchestration.</summary>
/// <param name="Name">The parent's orchestrator.</param>
/// <param name="InstanceId">The parent's instance.</param>
public sealed record ParentOrchestrationInstance(TaskName Name, string InstanceId);
