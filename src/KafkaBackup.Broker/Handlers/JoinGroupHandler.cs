using System.Security.Cryptography;
using KafkaBackup.Broker.Groups;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Lets members into a group; answers when the generation begins.</summary>
internal sealed class JoinGroupHandler(BrokerCore broker) : WaitingHandler<JoinGroupRequest, JoinGroupResponse>
{
    /// <summary>group.max.session.timeout.ms.</summary>
    private const int MaxSessionTimeoutMs = 1_800_000;

    /// <summary>The first version whose clients ask again with the id that they were given.</summary>
    private const short KnownIdSince = 4;

    // Kafka's least is 6000; tests want to see members expire sooner.
    private int MinSessionTimeoutMs => int.Parse(broker.Options.Configs.GetValueOrDefault("group.min.session.timeout.ms", "100"));

    protected override async Task<JoinGroupResponse?> HandleAsync(JoinGroupRequest request, RequestContext context)
    {
        if (request.GroupId.Length == 0)
            return new JoinGroupResponse { ErrorCode = ErrorCode.InvalidGroupId, MemberId = request.MemberId };
        if (request.SessionTimeoutMs < MinSessionTimeoutMs || request.SessionTimeoutMs > MaxSessionTimeoutMs)
            return new JoinGroupResponse { ErrorCode = ErrorCode.InvalidSessionTimeout, MemberId = request.MemberId };
        if (request.MemberId.Length > 0 && broker.Groups.Find(request.GroupId) is null)
            return new JoinGroupResponse { ErrorCode = ErrorCode.UnknownMemberId, MemberId = request.MemberId };
        var newId = $"{request.GroupInstanceId ?? context.ClientId}-{new Guid(RandomNumberGenerator.GetBytes(16))}";
        var who = new RequestIdentity(newId, context.Version >= KnownIdSince, context.ClientId, context.ClientHost);
        var response = await Join(request, who).WaitAsync(context.Stopping).ConfigureAwait(false);
        return response;
    }

    private Task<JoinGroupResponse> Join(JoinGroupRequest request, RequestIdentity who)
    {
        while (true)
        {
            var group = broker.Groups.FindOrAdd(request.GroupId);
            lock (group.Lock)
            {
                // A group that was deleted in between is no longer among the groups.
                if (group.State == GroupState.Dead)
                    continue;
                var type = group.ProtocolType;
                var joined = group.Join(request, who);
                if (group.ProtocolType != type)
                    broker.Groups.NoteProtocolType(group);
                return joined;
            }
        }
    }
}
