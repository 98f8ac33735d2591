using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Reading;

/// <summary>A record out of a backup.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="TimestampType">Whose clock its timestamp is; null where the format has none (magic 0; the timestamp is then -1).</param>
/// <param name="Record">The record. Its memory holds until the next one is asked for.</param>
public readonly record struct BackedUpRecord(string Topic, int Partition, TimestampType? TimestampType, Record Record);
