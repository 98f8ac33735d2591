using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Takes partitions into a transaction: all of those named, or none.</summary>
internal sealed class AddPartitionsToTxnHandler(BrokerCore broker) : Handler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>
{
    protected override AddPartitionsToTxnResponse Handle(AddPartitionsToTxnRequest request, RequestContext context)
    {
        var partitions = request.Topics.SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic, partition))).ToList();
        if (partitions.Exists(p => !Exists(p.Topic, p.partition)))
            return Answer(request, (topic, partition) => Exists(topic, partition) ? ErrorCode.OperationNotAttempted : ErrorCode.UnknownTopicOrPartition);
        var error = broker.Transactions.Add(
            request.TransactionalId, request.ProducerId, request.ProducerEpoch, transaction => transaction.Partitions.UnionWith(partitions));
        return Answer(request, (_, _) => error);
    }

    private bool Exists(string topic, int partition) => broker.Topics.Find(topic, partition) is not null;

    private static AddPartitionsToTxnResponse Answer(AddPartitionsToTxnRequest request, Func<string, int, ErrorCode> error) => new()
    {
        Topics =
        [
            .. request.Topics.Select(topic => new AddedTxnTopic
            {
                Topic = topic.Topic,
                Partitions = [.. topic.Partitions.Select(p => new AddedTxnPartition { Partition = p, ErrorCode = error(topic.Topic, p) })],
            }),
        ],
    };
}
