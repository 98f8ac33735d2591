using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Gives producers their ids.</summary>
internal sealed class InitProducerIdHandler(BrokerCore broker) : Handler<InitProducerIdRequest, InitProducerIdResponse>
{
    protected override InitProducerIdResponse Handle(InitProducerIdRequest request, RequestContext context)
    {
        var (error, id, epoch) = broker.Transactions.InitProducer(request.TransactionalId, request.TransactionTimeoutMs);
        return new InitProducerIdResponse { ErrorCode = error, ProducerId = id, ProducerEpoch = epoch };
    }
}
