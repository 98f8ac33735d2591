using KafkaBackup.Broker.Logs;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Whether a node may answer for a partition: fencing by leader epoch (KIP-320) first, then whether it leads. Source: Partition.getLocalLog of Kafka 2.4.</summary>
internal static class Leadership
{
    /// <param name="broker">The node.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="clientEpoch">The epoch that the client knows; -1 for any.</param>
    /// <param name="log">The partition's log, where there is one.</param>
    public static ErrorCode CheckLeader(this BrokerCore broker, string topic, int partition, int clientEpoch, out PartitionLog? log)
    {
        log = broker.Topics.Find(topic, partition);
        if (log is null)
            return ErrorCode.UnknownTopicOrPartition;
        var epoch = log.LeaderEpoch;
        if (clientEpoch >= 0 && clientEpoch != epoch)
            return clientEpoch < epoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
        return log.Placement.Leader == broker.NodeId ? ErrorCode.None : ErrorCode.NotLeaderOrFollower;
    }
}
