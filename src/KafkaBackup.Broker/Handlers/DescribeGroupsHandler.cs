using KafkaBackup.Broker.Groups;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Describes groups; one that is not there is described as dead, as Kafka does.</summary>
internal sealed class DescribeGroupsHandler(BrokerCore broker) : Handler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    protected override DescribeGroupsResponse Handle(DescribeGroupsRequest request, RequestContext context) =>
        new() { Groups = [.. request.Groups.Select(Describe)] };

    private DescribedGroup Describe(string id)
    {
        if (!broker.Coordinates(id))
            return new DescribedGroup { GroupId = id, ErrorCode = ErrorCode.NotCoordinator };
        if (broker.Groups.Find(id) is not { } group)
            return new DescribedGroup { GroupId = id, State = nameof(GroupState.Dead) };
        lock (group.Lock)
        {
            return new DescribedGroup
            {
                GroupId = id,
                State = group.State.ToString(),
                ProtocolType = group.ProtocolType,
                Protocol = group.State == GroupState.Stable ? group.Protocol : "",
                Members =
                [
                    .. group.Members.Values.Select(member => new DescribedMember
                    {
                        MemberId = member.Id,
                        GroupInstanceId = member.InstanceId,
                        ClientId = member.ClientId,
                        ClientHost = member.ClientHost,
                        Metadata = group.State == GroupState.Stable ? member.MetadataOf(group.Protocol) : default,
                        Assignment = group.State == GroupState.Stable ? member.Assignment : default(ReadOnlyMemory<byte>),
                    }),
                ],
            };
        }
    }
}
