using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Says which node looks after a group or a transactional id.</summary>
internal sealed class FindCoordinatorHandler(BrokerCore broker) : Handler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    protected override FindCoordinatorResponse Handle(FindCoordinatorRequest request, RequestContext context) =>
        broker.Cluster.CoordinatorOf(request.CoordinatorKey) is { } node
            ? new() { NodeId = node.Id, Host = node.Host, Port = node.Port }
            : new() { ErrorCode = ErrorCode.CoordinatorNotAvailable, ErrorMessage = "The coordinator is not available.", NodeId = -1, Host = "", Port = -1 };
}
