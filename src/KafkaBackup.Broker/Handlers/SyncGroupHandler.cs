using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Brings a generation's assignment from the leader to the members.</summary>
internal sealed class SyncGroupHandler(BrokerCore broker) : WaitingHandler<SyncGroupRequest, SyncGroupResponse>
{
    protected override async Task<SyncGroupResponse?> HandleAsync(SyncGroupRequest request, RequestContext context)
    {
        if (broker.Groups.Find(request.GroupId) is not { } group)
            return new SyncGroupResponse { ErrorCode = ErrorCode.UnknownMemberId };
        Task<SyncGroupResponse> synced;
        lock (group.Lock)
            synced = group.Sync(request);
        return await synced.WaitAsync(context.Stopping).ConfigureAwait(false);
    }
}
