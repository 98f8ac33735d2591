using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>The one broker coordinates everything.</summary>
internal sealed class FindCoordinatorHandler(BrokerCore broker) : Handler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    protected override FindCoordinatorResponse Handle(FindCoordinatorRequest request, RequestContext context) =>
        new() { NodeId = broker.Options.NodeId, Host = broker.Host, Port = broker.Port };
}
