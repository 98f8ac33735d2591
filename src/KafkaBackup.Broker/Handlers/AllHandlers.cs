using System.Collections.Frozen;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>The handlers by API; there is one for every API that the codec speaks.</summary>
internal static class AllHandlers
{
    public static FrozenDictionary<ApiKey, Handler> For(BrokerCore broker) => new Handler[]
    {
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
        new ApiVersionsHandler(),
        new CreateTopicsHandler(broker),
        new DeleteTopicsHandler(broker),
        new DeleteRecordsHandler(broker),
        new InitProducerIdHandler(broker),
        new OffsetForLeaderEpochHandler(broker),
        new AddPartitionsToTxnHandler(broker),
        new AddOffsetsToTxnHandler(broker),
        new EndTxnHandler(broker),
        new TxnOffsetCommitHandler(broker),
        new DescribeConfigsHandler(broker),
        new AlterConfigsHandler(broker),
        new CreatePartitionsHandler(broker),
        new DeleteGroupsHandler(broker),
        new IncrementalAlterConfigsHandler(broker),
        new OffsetDeleteHandler(broker),
    }.ToFrozenDictionary(handler => handler.Key);
}
