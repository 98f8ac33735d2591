using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;

namespace KafkaBackup.Kafka.Fetching;

/// <summary>A broker sends a batch that does not check, however often it is asked.</summary>
public sealed class CorruptBatchException(TopicPartition partition, string reason, Exception inner)
    : ClusterException($"{partition}, {reason}; the broker's log is damaged there, or the network is", inner);

/// <summary>A leader answers, but for too long without anything of what is to be read.</summary>
public sealed class FetchStalledException(TopicPartition partition, long position, long cut, long lastStableOffset)
    : ClusterException($"{partition} brings nothing from offset {position} on, though its records were stable up to {cut}"
        + (lastStableOffset >= 0 && lastStableOffset < cut ? $"; its leader says {lastStableOffset} now, so it was truncated by an unclean leader election" : "")
        + "; run the backup again");

/// <summary>A partition's log ends before offsets that it had: it was truncated, or the topic was deleted and created again.</summary>
public sealed class LogTruncatedException(TopicPartition partition, long position, long end)
    : ClusterException($"{partition} ends at offset {end}, before {position}, which it had: it was truncated by an unclean leader election, or the topic was created anew while it was read; run the backup again");
