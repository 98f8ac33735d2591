using KafkaBackup.Broker.Groups;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Takes note of offsets that count once their transaction is committed.</summary>
internal sealed class TxnOffsetCommitHandler(BrokerCore broker) : Handler<TxnOffsetCommitRequest, TxnOffsetCommitResponse>
{
    protected override TxnOffsetCommitResponse Handle(TxnOffsetCommitRequest request, RequestContext context)
    {
        var offered = new OfferedOffsets(broker, [.. request.Topics.Select(topic => (topic.Topic, Offsets(topic.Partitions)))]);
        var error = broker.Transactions.AddOffsets(request.TransactionalId, request.ProducerId, request.ProducerEpoch, request.GroupId, offered.Valid);
        return new TxnOffsetCommitResponse { Topics = offered.Answer(error) };
    }

    private static IReadOnlyList<(int Partition, CommittedOffset Offset)> Offsets(IReadOnlyList<TxnOffsetCommitPartition> partitions) =>
        [.. partitions.Select(p => (p.Partition, new CommittedOffset(p.Offset, p.LeaderEpoch, p.Metadata)))];
}
