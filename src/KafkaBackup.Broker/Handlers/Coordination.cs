using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Whether a node looks after the group or the transactional id that a request is about.</summary>
internal static class Coordination
{
    /// <summary>What a request is answered that came to the wrong node; null: it came to the right one.</summary>
    public static Response? Refuse(this BrokerCore broker, Request request) =>
        KeyOf(request) is { } key && !broker.Coordinates(key) ? ErrorResponses.For(request, ErrorCode.NotCoordinator) : null;

    // DescribeGroups and DeleteGroups name several groups, and are answered group by group.
    private static string? KeyOf(Request request) => request switch
    {
        JoinGroupRequest r => r.GroupId,
        SyncGroupRequest r => r.GroupId,
        HeartbeatRequest r => r.GroupId,
        LeaveGroupRequest r => r.GroupId,
        OffsetCommitRequest r => r.GroupId,
        OffsetFetchRequest r => r.GroupId,
        OffsetDeleteRequest r => r.GroupId,
        TxnOffsetCommitRequest r => r.GroupId,
        InitProducerIdRequest r => r.TransactionalId,
        AddPartitionsToTxnRequest r => r.TransactionalId,
        AddOffsetsToTxnRequest r => r.TransactionalId,
        EndTxnRequest r => r.TransactionalId,
        _ => null,
    };
}
