using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Administration;

/// <summary>Asks about many partitions, each of its leader, until all have answered; what has been answered is not asked again.</summary>
internal static class LeaderCalls
{
    /// <param name="cluster">The cluster.</param>
    /// <param name="what">What is asked, for log and error.</param>
    /// <param name="partitions">About which partitions.</param>
    /// <param name="ask">Asks one leader about its partitions, and keeps what it says; it fails for the first that is refused.</param>
    /// <param name="cancellation">Stops the call.</param>
    public static async Task<Dictionary<TopicPartition, T>> AskAsync<T>(
        ClusterClient cluster, string what, IReadOnlyCollection<TopicPartition> partitions,
        Func<BrokerAddress, List<TopicPartition>, Dictionary<TopicPartition, T>, Task> ask, CancellationToken cancellation)
    {
        var found = new Dictionary<TopicPartition, T>();
        var wrong = -1;
        return await cluster.RetryAsync(what, async () =>
        {
            try
            {
                var open = partitions.Where(p => !found.ContainsKey(p)).ToList();
                await cluster.Leaders.LearnAsync(open.Select(p => p.Topic).Distinct(), cancellation);
                var byLeader = new Dictionary<BrokerAddress, List<TopicPartition>>();
                foreach (var partition in open)
                {
                    var leader = await cluster.Leaders.FindAsync(partition.Topic, partition.Partition, wrong, cancellation);
                    (byLeader.TryGetValue(leader.Address, out var list) ? list : byLeader[leader.Address] = []).Add(partition);
                }

                foreach (var (leader, led) in byLeader)
                    await ask(leader, led, found);
                return found;
            }
            catch (ClusterException)
            {
                // Whatever failed, it may have been our picture of who leads: a missing leader is remembered as well as one that moved.
                wrong = cluster.Leaders.Seen;
                throw;
            }
        }, cancellation);
    }

    /// <summary>Fails for an error code.</summary>
    public static void Check(ErrorCode code, ApiKey api, string topic, int partition)
    {
        if (code != ErrorCode.None)
            throw new BrokerErrorException(code, api, $"{topic}-{partition}");
    }
}
