namespace KafkaBackup.Durable;

/// <summary>How an instance is purged.</summary>
/// <param name="Recursive">Whether the sub-orchestrations of its last run are purged too.</param>
public sealed record PurgeInstanceOptions(bool Recursive = false);
