namespace KafkaBackup.Durable;

/// <summary>How an instance is terminated.</summary>
/// <param name="Output">What it leaves as its output.</param>
/// <param name="Recursive">Whether the sub-orchestrations that it waits for are terminated too.</param>
public sealed record TerminateInstanceOptions(object? Output = null, bool Recursive = false);
