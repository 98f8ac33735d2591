using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>What of a topic's configuration its logs obey.</summary>
/// <param name="SegmentBytes">segment.bytes.</param>
/// <param name="SegmentMs">segment.ms, counted on the batches' timestamps.</param>
/// <param name="MaxMessageBytes">max.message.bytes: the largest batch.</param>
/// <param name="IndexIntervalBytes">index.interval.bytes.</param>
/// <param name="TimestampType">message.timestamp.type.</param>
/// <param name="TimestampBeforeMaxMs">How far a CreateTime may lie back: message.timestamp.before.max.ms, or message.timestamp.difference.max.ms where that is less.</param>
/// <param name="TimestampAfterMaxMs">How far it may lie ahead, by message.timestamp.after.max.ms alike.</param>
/// <param name="Compression">compression.type; null for "producer".</param>
/// <param name="MinInSyncReplicas">min.insync.replicas: fewer refuse what asks to be acknowledged by all.</param>
/// <param name="Cleanup">What may go from the log.</param>
internal sealed record LogSettings(
    int SegmentBytes,
    long SegmentMs,
    int MaxMessageBytes,
    int IndexIntervalBytes,
    TimestampType TimestampType,
    long TimestampBeforeMaxMs,
    long TimestampAfterMaxMs,
    CompressionType? Compression,
    int MinInSyncReplicas,
    CleanupSettings Cleanup);
