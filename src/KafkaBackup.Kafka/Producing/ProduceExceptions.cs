using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;

namespace KafkaBackup.Kafka.Producing;

/// <summary>Somebody else writes to a partition that is being restored: its offsets are no longer those that the restore assigned.</summary>
public sealed class ForeignWriterException(TopicPartition partition, string evidence)
    : ClusterException($"{partition}: {evidence}; another producer writes to this partition. Stop it, delete the topic and restore again");
