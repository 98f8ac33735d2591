using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Takes members out of a group.</summary>
internal sealed class LeaveGroupHandler(BrokerCore broker) : Handler<LeaveGroupRequest, LeaveGroupResponse>
{
    /// <summary>The first version that names several members.</summary>
    private const short ListSince = 3;

    protected override LeaveGroupResponse Handle(LeaveGroupRequest request, RequestContext context)
    {
        if (context.Version < ListSince)
            return new LeaveGroupResponse { ErrorCode = Leave(request.GroupId, request.MemberId, null) };
        return new LeaveGroupResponse
        {
            Members =
            [
                .. request.Members.Select(member => new LeftMember
                {
                    MemberId = member.MemberId,
                    GroupInstanceId = member.GroupInstanceId,
                    ErrorCode = Leave(request.GroupId, member.MemberId, member.GroupInstanceId),
                }),
            ],
        };
    }

    private ErrorCode Leave(string groupId, string memberId, string? instanceId)
    {
        if (broker.Groups.Find(groupId) is not { } group)
            return ErrorCode.UnknownMemberId;
        lock (group.Lock)
            return group.Leave(memberId, instanceId);
    }
}
