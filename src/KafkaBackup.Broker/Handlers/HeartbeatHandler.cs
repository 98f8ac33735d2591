using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Hears that members live.</summary>
internal sealed class HeartbeatHandler(BrokerCore broker) : Handler<HeartbeatRequest, HeartbeatResponse>
{
    protected override HeartbeatResponse Handle(HeartbeatRequest request, RequestContext context)
    {
        if (broker.Groups.Find(request.GroupId) is not { } group)
            return new HeartbeatResponse { ErrorCode = ErrorCode.UnknownMemberId };
        lock (group.Lock)
            return new HeartbeatResponse { ErrorCode = group.Heartbeat(request.MemberId, request.GroupInstanceId, request.GenerationId) };
    }
}
