using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Handlers.Access;

/// <summary>What a request needs to be allowed before it is looked at: a group, a transactional id, the cluster. Source: KafkaApis of Kafka 2.4.</summary>
internal static class WholeRequests
{
    public static ErrorCode Check(Request request, Asker asker) => request switch
    {
        ProduceRequest { TransactionalId: { } id } => Transaction(asker, AclOperation.Write, id),
        ProduceRequest r when IsIdempotent(r) => Cluster(asker, AclOperation.IdempotentWrite),
        InitProducerIdRequest { TransactionalId: { } id } => Transaction(asker, AclOperation.Write, id),
        InitProducerIdRequest => Cluster(asker, AclOperation.IdempotentWrite),
        AddPartitionsToTxnRequest r => Transaction(asker, AclOperation.Write, r.TransactionalId),
        AddOffsetsToTxnRequest r => First(Transaction(asker, AclOperation.Write, r.TransactionalId), Group(asker, AclOperation.Read, r.GroupId)),
        EndTxnRequest r => Transaction(asker, AclOperation.Write, r.TransactionalId),
        TxnOffsetCommitRequest r => First(Transaction(asker, AclOperation.Write, r.TransactionalId), Group(asker, AclOperation.Read, r.GroupId)),
        FindCoordinatorRequest { KeyType: CoordinatorType.Transaction } r => Transaction(asker, AclOperation.Describe, r.CoordinatorKey),
        FindCoordinatorRequest r => Group(asker, AclOperation.Describe, r.CoordinatorKey),
        JoinGroupRequest r => Group(asker, AclOperation.Read, r.GroupId),
        SyncGroupRequest r => Group(asker, AclOperation.Read, r.GroupId),
        HeartbeatRequest r => Group(asker, AclOperation.Read, r.GroupId),
        LeaveGroupRequest r => Group(asker, AclOperation.Read, r.GroupId),
        OffsetCommitRequest r => Group(asker, AclOperation.Read, r.GroupId),
        OffsetFetchRequest r => Group(asker, AclOperation.Describe, r.GroupId),
        OffsetDeleteRequest r => Group(asker, AclOperation.Delete, r.GroupId),
        DescribeAclsRequest => Cluster(asker, AclOperation.Describe),
        CreateAclsRequest => Cluster(asker, AclOperation.Alter),
        DeleteAclsRequest => Cluster(asker, AclOperation.Alter),
        DescribeClientQuotasRequest => Cluster(asker, AclOperation.DescribeConfigs),
        AlterClientQuotasRequest => Cluster(asker, AclOperation.AlterConfigs),
        ElectLeadersRequest => Cluster(asker, AclOperation.Alter),
        ListPartitionReassignmentsRequest => Cluster(asker, AclOperation.Describe),
        _ => ErrorCode.None,
    };

    private static ErrorCode Group(Asker asker, AclOperation operation, string group) =>
        asker.MayGroup(operation, group) ? ErrorCode.None : ErrorCode.GroupAuthorizationFailed;

    private static ErrorCode Transaction(Asker asker, AclOperation operation, string id) =>
        asker.May(operation, AclResourceType.TransactionalId, id) ? ErrorCode.None : ErrorCode.TransactionalIdAuthorizationFailed;

    private static ErrorCode Cluster(Asker asker, AclOperation operation) => asker.MayCluster(operation) ? ErrorCode.None : ErrorCode.ClusterAuthorizationFailed;

    private static ErrorCode First(ErrorCode first, ErrorCode second) => first != ErrorCode.None ? first : second;

    private static bool IsIdempotent(ProduceRequest request) => request.Topics.SelectMany(topic => topic.Partitions).Any(p =>
    {
        try
        {
            return p.Records is { } records && BatchHeader.TryRead(records.Span, out var header) && header.ProducerId >= 0;
        }
        catch (InvalidBatchException)
        {
            return false;
        }
    });
}
