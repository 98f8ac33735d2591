using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Lists every group.</summary>
internal sealed class ListGroupsHandler(BrokerCore broker) : Handler<ListGroupsRequest, ListGroupsResponse>
{
    protected override ListGroupsResponse Handle(ListGroupsRequest request, RequestContext context) =>
        new() { Groups = [.. broker.Groups.All.Select(group => new ListedGroup { GroupId = group.Id, ProtocolType = group.ProtocolType })] };
}
