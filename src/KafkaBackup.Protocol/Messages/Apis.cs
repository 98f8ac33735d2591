using System.Collections.Frozen;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Every API that this codec speaks, with its versions.</summary>
public static class Apis
{
    /// <summary>The APIs by key.</summary>
    public static FrozenDictionary<ApiKey, Api> All { get; } = new[]
    {
        Api.Of<ProduceRequest, ProduceResponse>(ApiKey.Produce, 3, 8, 9),
        Api.Of<FetchRequest, FetchResponse>(ApiKey.Fetch, 4, 11, 12),
        Api.Of<ListOffsetsRequest, ListOffsetsResponse>(ApiKey.ListOffsets, 1, 5, 6),
        Api.Of<MetadataRequest, MetadataResponse>(ApiKey.Metadata, 0, 12, 9),
        Api.Of<OffsetCommitRequest, OffsetCommitResponse>(ApiKey.OffsetCommit, 2, 8, 8),
        Api.Of<OffsetFetchRequest, OffsetFetchResponse>(ApiKey.OffsetFetch, 1, 7, 6),
        Api.Of<FindCoordinatorRequest, FindCoordinatorResponse>(ApiKey.FindCoordinator, 0, 3, 3),
        Api.Of<JoinGroupRequest, JoinGroupResponse>(ApiKey.JoinGroup, 0, 6, 6),
        Api.Of<HeartbeatRequest, HeartbeatResponse>(ApiKey.Heartbeat, 0, 4, 4),
        Api.Of<LeaveGroupRequest, LeaveGroupResponse>(ApiKey.LeaveGroup, 0, 4, 4),
        Api.Of<SyncGroupRequest, SyncGroupResponse>(ApiKey.SyncGroup, 0, 4, 4),
        Api.Of<DescribeGroupsRequest, DescribeGroupsResponse>(ApiKey.DescribeGroups, 0, 5, 5),
        Api.Of<ListGroupsRequest, ListGroupsResponse>(ApiKey.ListGroups, 0, 3, 3),
        Api.Of<SaslHandshakeRequest, SaslHandshakeResponse>(ApiKey.SaslHandshake, 0, 1, short.MaxValue),
        Api.Of<ApiVersionsRequest, ApiVersionsResponse>(ApiKey.ApiVersions, 0, 3, 3),
        Api.Of<CreateTopicsRequest, CreateTopicsResponse>(ApiKey.CreateTopics, 0, 5, 5),
        Api.Of<DeleteTopicsRequest, DeleteTopicsResponse>(ApiKey.DeleteTopics, 0, 4, 4),
        Api.Of<DeleteRecordsRequest, DeleteRecordsResponse>(ApiKey.DeleteRecords, 0, 1, 2),
        Api.Of<InitProducerIdRequest, InitProducerIdResponse>(ApiKey.InitProducerId, 0, 2, 2),
        Api.Of<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(ApiKey.OffsetForLeaderEpoch, 0, 3, 4),
        Api.Of<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(ApiKey.AddPartitionsToTxn, 0, 1, 3),
        Api.Of<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(ApiKey.AddOffsetsToTxn, 0, 1, 3),
        Api.Of<EndTxnRequest, EndTxnResponse>(ApiKey.EndTxn, 0, 1, 3),
        Api.Of<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(ApiKey.TxnOffsetCommit, 0, 2, 3),
        Api.Of<DescribeAclsRequest, DescribeAclsResponse>(ApiKey.DescribeAcls, 0, 1, 2),
        Api.Of<CreateAclsRequest, CreateAclsResponse>(ApiKey.CreateAcls, 0, 1, 2),
        Api.Of<DeleteAclsRequest, DeleteAclsResponse>(ApiKey.DeleteAcls, 0, 1, 2),
        Api.Of<DescribeConfigsRequest, DescribeConfigsResponse>(ApiKey.DescribeConfigs, 0, 2, 4),
        Api.Of<AlterConfigsRequest, AlterConfigsResponse>(ApiKey.AlterConfigs, 0, 1, 2),
        Api.Of<SaslAuthenticateRequest, SaslAuthenticateResponse>(ApiKey.SaslAuthenticate, 0, 1, 2),
        Api.Of<CreatePartitionsRequest, CreatePartitionsResponse>(ApiKey.CreatePartitions, 0, 1, 2),
        Api.Of<DeleteGroupsRequest, DeleteGroupsResponse>(ApiKey.DeleteGroups, 0, 2, 2),
        Api.Of<ElectLeadersRequest, ElectLeadersResponse>(ApiKey.ElectLeaders, 0, 2, 2),
        Api.Of<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(ApiKey.IncrementalAlterConfigs, 0, 1, 1),
        Api.Of<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(ApiKey.ListPartitionReassignments, 0, 0, 0),
        Api.Of<OffsetDeleteRequest, OffsetDeleteResponse>(ApiKey.OffsetDelete, 0, 0, short.MaxValue),
        Api.Of<DescribeClientQuotasRequest, DescribeClientQuotasResponse>(ApiKey.DescribeClientQuotas, 0, 1, 1),
        Api.Of<AlterClientQuotasRequest, AlterClientQuotasResponse>(ApiKey.AlterClientQuotas, 0, 1, 1),
    }.ToFrozenDictionary(api => api.Key);

    /// <summary>The API with <paramref name="key"/>.</summary>
    /// <exception cref="KeyNotFoundException">This codec does not speak it.</exception>
    public static Api Of(ApiKey key) => All[key];
}
