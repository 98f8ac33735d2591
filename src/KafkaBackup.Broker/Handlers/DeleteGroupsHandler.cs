using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Deletes groups that have no members.</summary>
internal sealed class DeleteGroupsHandler(BrokerCore broker) : Handler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    protected override DeleteGroupsResponse Handle(DeleteGroupsRequest request, RequestContext context) => new()
    {
        Groups = [.. request.Groups.Select(id => new DeletedGroup { GroupId = id, ErrorCode = broker.Groups.Delete(id) })],
    };
}
