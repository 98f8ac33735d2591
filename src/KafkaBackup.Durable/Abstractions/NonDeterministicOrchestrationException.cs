namespace KafkaBackup.Durable;

/// <summary>
/// An orchestrator did not do what its history says it did (calls were renamed, removed or reordered), or left its thread or awaited something that is not durable
/// (Task.Delay, Task.Run, ConfigureAwait(false)). The instance is parked: its history stays whole, and it goes on after the code is repaired and the host restarted.
/// </summary>
public sealed class NonDeterministicOrchestrationException(string message) : InvalidOperationException(message);
