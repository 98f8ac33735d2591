namespace KafkaBackup.Broker.Logs.Compaction;

/// <summary>The newest that a partition knows of a producer: the batch that says so stays, emptied where it has to be.</summary>
/// <param name="Epoch">Its epoch.</param>
/// <param name="LastDataOffset">The last offset of its last batch; null where only a marker is known.</param>
internal readonly record struct ProducerTail(short Epoch, long? LastDataOffset);
