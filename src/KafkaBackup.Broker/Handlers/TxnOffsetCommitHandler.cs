using KafkaBackup.Broker.Groups;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Takes note of offsets that count once their transaction is committed.</summary>
internal sealed class TxnOffsetCommitHandler(BrokerCore broker) : Handler<TxnOffsetCommitRequest, TxnOffsetCommitResponse>
{
    protected override TxnOffsetCommitResponse Handle(TxnOffsetCommitRequest request, RequestContext context)
    {
        var offsets = request.Topics.SelectMany(topic => topic.Partitions
                .Where(partition => Check(topic.Topic, partition) == ErrorCode.None)
                .Select(partition => KeyValuePair.Create(
                    (topic.Topic, partition.Partition), new CommittedOffset(partition.Offset, partition.LeaderEpoch, partition.Metadata))))
            .ToList();
        var error = broker.Transactions.AddOffsets(request.TransactionalId, request.ProducerId, request.ProducerEpoch, request.GroupId, offsets);
        return new TxnOffsetCommitResponse
        {
            Topics =
            [
                .. request.Topics.Select(topic => new CommittedTopic
                {
                    Topic = topic.Topic,
                    Partitions =
                    [
                        .. topic.Partitions.Select(partition => new CommittedPartition
                        {
                            Partition = partition.Partition,
                            ErrorCode = error != ErrorCode.None ? error : Check(topic.Topic, partition),
                        }),
                    ],
                }),
            ],
        };
    }

    private ErrorCode Check(string topic, TxnOffsetCommitPartition partition) =>
        broker.Topics.Find(topic, partition.Partition) is null ? ErrorCode.UnknownTopicOrPartition
        : partition.Metadata?.Length > OffsetCommitHandler.MaxMetadata ? ErrorCode.OffsetMetadataTooLarge
        : ErrorCode.None;
}
