using KafkaBackup.Broker.Groups;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>The offsets that a request wants committed, in a transaction or without one: which of them can be, and what is answered.</summary>
/// <param name="broker">The node.</param>
/// <param name="topics">In the request's order.</param>
internal sealed class OfferedOffsets(BrokerCore broker, IReadOnlyList<(string Topic, IReadOnlyList<(int Partition, CommittedOffset Offset)> Partitions)> topics)
{
    /// <summary>offset.metadata.max.bytes.</summary>
    public const int MaxMetadata = 4096;

    /// <summary>Those that nothing is wrong with.</summary>
    public List<KeyValuePair<(string Topic, int Partition), CommittedOffset>> Valid =>
    [
        .. from topic in topics
           from partition in topic.Partitions
           where Check(topic.Topic, partition.Partition, partition.Offset) == ErrorCode.None
           select KeyValuePair.Create((topic.Topic, partition.Partition), partition.Offset),
    ];

    /// <summary>The answer: one error for all, or to each its own.</summary>
    public IReadOnlyList<CommittedTopic> Answer(ErrorCode error) =>
    [
        .. topics.Select(topic => new CommittedTopic
        {
            Topic = topic.Topic,
            Partitions =
            [
                .. topic.Partitions.Select(p => new CommittedPartition
                {
                    Partition = p.Partition,
                    ErrorCode = error != ErrorCode.None ? error : Check(topic.Topic, p.Partition, p.Offset),
                }),
            ],
        }),
    ];

    private ErrorCode Check(string topic, int partition, CommittedOffset offset) =>
        broker.Topics.Find(topic, partition) is null ? ErrorCode.UnknownTopicOrPartition
        : offset.Metadata?.Length > MaxMetadata ? ErrorCode.OffsetMetadataTooLarge
        : ErrorCode.None;
}
