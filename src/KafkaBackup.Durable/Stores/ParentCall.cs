namespace KafkaBackup.Durable.Stores;

/// <summary>The call of a sub-orchestration, seen from the sub-orchestration.</summary>
/// <param name="InstanceId">The instance that called.</param>
/// <param name="Name">Its orchestrator.</param>
/// <param name="Generation">The run of it that called.</param>
/// <param name="TaskId">The number of the call in that run.</param>
[GenerateSerializer, Immutable]
public sealed record ParentCall(string InstanceId, string Name, int Generation, int TaskId);
