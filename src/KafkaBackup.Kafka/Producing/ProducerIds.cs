using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Producing;

/// <summary>Gets producer ids from a cluster.</summary>
public static class ProducerIds
{
    /// <summary>A new producer id with its epoch, without a transactional id.</summary>
    public static Task<(long Id, short Epoch)> NewAsync(ClusterClient cluster, CancellationToken cancellation) =>
        cluster.RetryAsync("get a producer id", async () =>
        {
            var snapshot = await cluster.DescribeAsync([], cancellation);
            var broker = snapshot.Brokers.Values.FirstOrDefault() ?? cluster.Options.BootstrapServers[0];
            using var lease = await cluster.SendAsync(broker, new InitProducerIdRequest { TransactionTimeoutMs = 60_000 }, cancellation);
            return lease.Response.ErrorCode == ErrorCode.None
                ? (lease.Response.ProducerId, lease.Response.ProducerEpoch)
                : throw new BrokerErrorException(lease.Response.ErrorCode, ApiKey.InitProducerId, broker.ToString());
        }, cancellation);
}
