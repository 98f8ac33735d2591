using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Lists the groups that this node looks after.</summary>
internal sealed class ListGroupsHandler(BrokerCore broker) : Handler<ListGroupsRequest, ListGroupsResponse>
{
    protected override ListGroupsResponse Handle(ListGroupsRequest request, RequestContext context) =>
        new() { Groups = [.. broker.Groups.All.Where(group => broker.Coordinates(group.Id)).Select(group => new ListedGroup { GroupId = group.Id, ProtocolType = group.ProtocolType })] };
}
