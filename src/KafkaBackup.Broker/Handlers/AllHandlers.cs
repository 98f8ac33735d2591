namespace KafkaBackup.Broker.Handlers;

/// <summary>A handler for every API that the broker speaks, ApiVersions aside, which is the table's own.</summary>
internal static class AllHandlers
{
    public static IReadOnlyList<Handler> For(BrokerCore broker) =>
    [
        new ProduceHandler(broker),
        new FetchHandler(broker),
        new ListOffsetsHandler(broker),
        new MetadataHandler(broker),
        new OffsetCommitHandler(broker),
        new OffsetFetchHandler(broker),
        new FindCoordinatorHandler(broker),
        new JoinGroupHandler(broker),
        new HeartbeatHandler(broker),
        new LeaveGroupHandler(broker),
        new SyncGroupHandler(broker),
        new DescribeGroupsHandler(broker),
        new ListGroupsHandler(broker),
        new SaslHandshakeHandler(),
        new CreateTopicsHandler(broker),
        new DeleteTopicsHandler(broker),
        new DeleteRecordsHandler(broker),
        new InitProducerIdHandler(broker),
        new OffsetForLeaderEpochHandler(broker),
        new AddPartitionsToTxnHandler(broker),
        new AddOffsetsToTxnHandler(broker),
        new EndTxnHandler(broker),
        new TxnOffsetCommitHandler(broker),
        new DescribeAclsHandler(broker),
        new CreateAclsHandler(broker),
        new DeleteAclsHandler(broker),
        new DescribeConfigsHandler(broker),
        new AlterConfigsHandler(broker),
        new SaslAuthenticateHandler(),
        new CreatePartitionsHandler(broker),
        new DeleteGroupsHandler(broker),
        new ElectLeadersHandler(broker),
        new IncrementalAlterConfigsHandler(broker),
        new ListPartitionReassignmentsHandler(),
        new OffsetDeleteHandler(broker),
        new DescribeClientQuotasHandler(broker),
        new AlterClientQuotasHandler(broker),
    ];
}
