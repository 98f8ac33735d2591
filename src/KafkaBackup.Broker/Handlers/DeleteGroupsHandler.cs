using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Deletes groups that have no members.</summary>
internal sealed class DeleteGroupsHandler(BrokerCore broker) : Handler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    protected override DeleteGroupsResponse Handle(DeleteGroupsRequest request, RequestContext context) => new()
    {
        Groups = [.. request.Groups.Select(id => new DeletedGroup { GroupId = id, ErrorCode = broker.Coordinates(id) ? broker.Groups.Delete(id) : ErrorCode.NotCoordinator })],
    };
}
