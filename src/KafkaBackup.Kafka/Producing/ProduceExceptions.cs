using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;

namespace KafkaBackup.Kafka.Producing;

/// <summary>Somebody else writes to a partition that is being restored: its offsets are no longer those that the restore assigned.</summary>
public sealed class ForeignWriterException(TopicPartition partition, string evidence)
    : ClusterException($"{partition}: {evidence}; another producer writes to this partition. Stop it, delete the topic and restore again");

/// <summary>
/// The broker has forgotten the producer id (its state expires when nothing was written for long): what the log holds has been looked at, and
/// a new id has to be recorded before anything more is sent.
/// </summary>
public sealed class ForgottenProducerException(TopicPartition partition, ProducerIdentity identity)
    : ClusterException($"{partition}: the broker has forgotten producer {identity.ProducerId}");
