using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Answers that say nothing but one error, in every place where a response can say it.</summary>
internal static class ErrorResponses
{
    public static Response For(Request request, ErrorCode error) => request switch
    {
        ProduceRequest r => new ProduceResponse
        {
            Topics = Each(r.Topics, t => new ProducedTopic
            {
                Topic = t.Topic,
                Partitions = Each(t.Partitions, p => new ProducedPartition { Partition = p.Partition, ErrorCode = error }),
            }),
        },
        FetchRequest r => new FetchResponse
        {
            Topics = Each(r.Topics, t => new FetchedTopic
            {
                Topic = t.Topic,
                Partitions = Each(t.Partitions, p => new FetchedPartition
                {
                    Partition = p.Partition,
                    ErrorCode = error,
                    HighWatermark = -1,
                    Records = ReadOnlyMemory<byte>.Empty,
                }),
            }),
        },
        ListOffsetsRequest r => new ListOffsetsResponse
        {
            Topics = Each(r.Topics, t => new ListedOffsetsTopic
            {
                Topic = t.Topic,
                Partitions = Each(t.Partitions, p => new ListedOffsetsPartition { Partition = p.Partition, ErrorCode = error }),
            }),
        },
        OffsetForLeaderEpochRequest r => new OffsetForLeaderEpochResponse
        {
            Topics = Each(r.Topics, t => new EpochEndTopic
            {
                Topic = t.Topic,
                Partitions = Each(t.Partitions, p => new EpochEndPartition { Partition = p.Partition, ErrorCode = error }),
            }),
        },
        MetadataRequest r => new MetadataResponse
        {
            Topics = Each(r.Topics ?? [], t => new TopicMetadata { Name = t.Name, ErrorCode = error }),
        },
        OffsetCommitRequest r => new OffsetCommitResponse
        {
            Topics = Each(r.Topics, t => new CommittedTopic
            {
                Topic = t.Topic,
                Partitions = Each(t.Partitions, p => new CommittedPartition { Partition = p.Partition, ErrorCode = error }),
            }),
        },
        CreateTopicsRequest r => new CreateTopicsResponse { Topics = Each(r.Topics, t => new CreatedTopic { Name = t.Name, ErrorCode = error, Configs = [] }) },
        DeleteTopicsRequest r => new DeleteTopicsResponse { Topics = Each(r.TopicNames, t => new DeletedTopic { Name = t, ErrorCode = error }) },
        DescribeConfigsRequest r => new DescribeConfigsResponse
        {
            Resources = Each(r.Resources, x => new DescribedConfigResource { ErrorCode = error, ResourceType = x.ResourceType, ResourceName = x.ResourceName }),
        },
        IncrementalAlterConfigsRequest r => new IncrementalAlterConfigsResponse
        {
            Resources = Each(r.Resources, x => new AlteredConfigResource { ErrorCode = error, ResourceType = x.ResourceType, ResourceName = x.ResourceName }),
        },
        AlterConfigsRequest r => new AlterConfigsResponse
        {
            Resources = Each(r.Resources, x => new AlteredConfigResource { ErrorCode = error, ResourceType = x.ResourceType, ResourceName = x.ResourceName }),
        },
        DescribeGroupsRequest r => new DescribeGroupsResponse { Groups = Each(r.Groups, id => new DescribedGroup { GroupId = id, ErrorCode = error }) },
        DeleteGroupsRequest r => new DeleteGroupsResponse { Groups = Each(r.Groups, id => new DeletedGroup { GroupId = id, ErrorCode = error }) },
        // Version 1 has no place for an error but with the partitions.
        OffsetFetchRequest r => new OffsetFetchResponse
        {
            ErrorCode = error,
            Topics = Each(r.Topics ?? [], t => new FetchedOffsetsTopic
            {
                Topic = t.Topic,
                Partitions = Each(t.Partitions, p => new FetchedOffset { Partition = p, ErrorCode = error, Metadata = "" }),
            }),
        },
        DeleteRecordsRequest r => new DeleteRecordsResponse
        {
            Topics = Each(r.Topics, t => new DeletedRecordsTopic
            {
                Topic = t.Topic,
                Partitions = Each(t.Partitions, p => new DeletedRecordsPartition { Partition = p.Partition, ErrorCode = error }),
            }),
        },
        AddPartitionsToTxnRequest r => new AddPartitionsToTxnResponse
        {
            Topics = Each(r.Topics, t => new AddedTxnTopic
            {
                Topic = t.Topic,
                Partitions = Each(t.Partitions, p => new AddedTxnPartition { Partition = p, ErrorCode = error }),
            }),
        },
        TxnOffsetCommitRequest r => new TxnOffsetCommitResponse
        {
            Topics = Each(r.Topics, t => new CommittedTopic
            {
                Topic = t.Topic,
                Partitions = Each(t.Partitions, p => new CommittedPartition { Partition = p.Partition, ErrorCode = error }),
            }),
        },
        CreatePartitionsRequest r => new CreatePartitionsResponse { Topics = Each(r.Topics, t => new CreatedPartitions { Topic = t.Topic, ErrorCode = error }) },
        ElectLeadersRequest r => new ElectLeadersResponse
        {
            ErrorCode = error,
            Topics = Each(r.Topics ?? [], t => new ElectedTopic
            {
                Topic = t.Topic,
                Partitions = Each(t.Partitions, p => new ElectedPartition { Partition = p, ErrorCode = error }),
            }),
        },
        ListPartitionReassignmentsRequest => new ListPartitionReassignmentsResponse { ErrorCode = error },
        DescribeAclsRequest => new DescribeAclsResponse { ErrorCode = error },
        CreateAclsRequest r => new CreateAclsResponse { Results = Each(r.Creations, _ => new CreatedAcl { ErrorCode = error }) },
        DeleteAclsRequest r => new DeleteAclsResponse { FilterResults = Each(r.Filters, _ => new DeletedAcls { ErrorCode = error }) },
        DescribeClientQuotasRequest => new DescribeClientQuotasResponse { ErrorCode = error, Entries = null },
        AlterClientQuotasRequest r => new AlterClientQuotasResponse { Entries = Each(r.Entries, e => new AlteredQuota { ErrorCode = error, Entity = e.Entity }) },
        SaslHandshakeRequest => new SaslHandshakeResponse { ErrorCode = error },
        SaslAuthenticateRequest => new SaslAuthenticateResponse { ErrorCode = error },
        ApiVersionsRequest => new ApiVersionsResponse { ErrorCode = error },
        FindCoordinatorRequest => new FindCoordinatorResponse { ErrorCode = error, NodeId = -1, Port = -1 },
        JoinGroupRequest => new JoinGroupResponse { ErrorCode = error },
        SyncGroupRequest => new SyncGroupResponse { ErrorCode = error },
        HeartbeatRequest => new HeartbeatResponse { ErrorCode = error },
        LeaveGroupRequest => new LeaveGroupResponse { ErrorCode = error },
        ListGroupsRequest => new ListGroupsResponse { ErrorCode = error },
        InitProducerIdRequest => new InitProducerIdResponse { ErrorCode = error },
        AddOffsetsToTxnRequest => new AddOffsetsToTxnResponse { ErrorCode = error },
        EndTxnRequest => new EndTxnResponse { ErrorCode = error },
        OffsetDeleteRequest => new OffsetDeleteResponse { ErrorCode = error },
        _ => throw new NotSupportedException($"{request.Key} has no answer that is an error"),
    };

    private static List<TOut> Each<TIn, TOut>(IReadOnlyList<TIn> list, Func<TIn, TOut> answer) => [.. list.Select(answer)];
}
