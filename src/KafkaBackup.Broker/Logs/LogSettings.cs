using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>What of a topic's configuration its logs obey.</summary>
/// <param name="SegmentBytes">segment.bytes.</param>
/// <param name="SegmentMs">segment.ms, counted on the batches' timestamps.</param>
/// <param name="MaxMessageBytes">max.message.bytes: the largest batch.</param>
/// <param name="IndexIntervalBytes">index.interval.bytes.</param>
/// <param name="TimestampType">message.timestamp.type.</param>
/// <param name="TimestampDifferenceMaxMs">message.timestamp.difference.max.ms: how far a CreateTime may lie from now.</param>
/// <param name="Compression">compression.type; null for "producer".</param>
/// <param name="MinInSyncReplicas">min.insync.replicas: fewer refuse what asks to be acknowledged by all.</param>
/// <param name="Compacted">Whether cleanup.policy holds "compact": then every record needs a key.</param>
internal sealed record LogSettings(
    int SegmentBytes,
    long SegmentMs,
    int MaxMessageBytes,
    int IndexIntervalBytes,
    TimestampType TimestampType,
    long TimestampDifferenceMaxMs,
    CompressionType? Compression,
    int MinInSyncReplicas,
    bool Compacted);
