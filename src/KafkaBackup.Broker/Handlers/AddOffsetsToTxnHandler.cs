using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Takes a group's offsets into a transaction; which ones, TxnOffsetCommit says.</summary>
internal sealed class AddOffsetsToTxnHandler(BrokerCore broker) : Handler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>
{
    protected override AddOffsetsToTxnResponse Handle(AddOffsetsToTxnRequest request, RequestContext context) => new()
    {
        ErrorCode = broker.Transactions.Add(
            request.TransactionalId, request.ProducerId, request.ProducerEpoch, transaction => transaction.Offsets.TryAdd(request.GroupId, [])),
    };
}
