namespace KafkaBackup.Durable.Stores;

/// <summary>
/// A commit met a row that is not the one it was based on: another writer has gone on with the instance, or an earlier commit of one's own, thought to have failed,
/// was done. Whatever was in memory is worth nothing then; load again.
/// </summary>
public sealed class FencedException(string instanceId)
    : Exception($"The instance '{instanceId}' has been changed since it was loaded.")
{
    public string InstanceId { get; } = instanceId;
}
