namespace KafkaBackup.Durable;

/// <summary>What a purge did.</summary>
/// <param name="PurgedInstanceCount">Instances that are gone now. Zero if there was none, or it has not ended.</param>
public sealed record PurgeResult(int PurgedInstanceCount);
