namespace KafkaBackup.Durable.Stores;

/// <summary>An instance with its history.</summary>
/// <param name="Instance">The row.</param>
/// <param name="History">The events of its current run, <see cref="InstanceRecord.Length"/> of them.</param>
public sealed record StoredInstance(InstanceRecord Instance, IReadOnlyList<HistoryEvent> History);
