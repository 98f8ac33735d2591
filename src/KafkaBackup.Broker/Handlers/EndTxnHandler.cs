using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Commits or aborts a transaction; its markers are in the logs when this is answered.</summary>
internal sealed class EndTxnHandler(BrokerCore broker) : Handler<EndTxnRequest, EndTxnResponse>
{
    protected override EndTxnResponse Handle(EndTxnRequest request, RequestContext context) =>
        new() { ErrorCode = broker.Transactions.End(request.TransactionalId, request.ProducerId, request.ProducerEpoch, request.Committed) };
}
