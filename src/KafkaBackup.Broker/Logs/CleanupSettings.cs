namespace KafkaBackup.Broker.Logs;

/// <summary>What of a topic's configuration says what may go from its logs.</summary>
/// <param name="Delete">Whether cleanup.policy holds "delete": old segments go by time and size.</param>
/// <param name="Compact">Whether cleanup.policy holds "compact": then every record needs a key.</param>
/// <param name="RetentionMs">retention.ms; below 0: for ever.</param>
/// <param name="RetentionBytes">retention.bytes; below 0: without a limit.</param>
/// <param name="DeleteRetentionMs">delete.retention.ms: how long compaction leaves tombstones and the markers of transactions that are gone.</param>
/// <param name="MinDirtyRatio">min.cleanable.dirty.ratio: a log is compacted where more than this part of it was not yet.</param>
/// <param name="MinLagMs">min.compaction.lag.ms: what is younger is not compacted.</param>
/// <param name="MaxLagMs">max.compaction.lag.ms: what is older is, whatever the ratio.</param>
internal sealed record CleanupSettings(
    bool Delete, bool Compact, long RetentionMs, long RetentionBytes, long DeleteRetentionMs, double MinDirtyRatio, long MinLagMs, long MaxLagMs);
