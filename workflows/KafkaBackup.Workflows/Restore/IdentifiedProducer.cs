using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Restore;

/// <summary>
/// Writes a target partition under a recorded identity, and records the next one when a broker has forgotten it. An identity is durable
/// before the first record goes out under it.
/// </summary>
internal sealed class IdentifiedProducer(ClusterConnection cluster, RestoreArtifacts artifacts, PartitionProducer producer)
{
    private const int MostIdentities = 10;

    public async Task<ProducedRange> RunAsync(
        TopicPartition target, TransformPolicy policy, Func<IAsyncEnumerable<SourceBatch>> source, Action<Acknowledgement> acknowledged, CancellationToken cancellation)
    {
        var (n, identity) = await LatestAsync(target, cancellation);
        while (true)
        {
            try
            {
                return await producer.RunAsync(target, identity, policy, source, acknowledged, cancellation);
            }
            catch (ForgottenProducerException) when (n + 1 < MostIdentities)
            {
                n++;
                var end = await EndAsync(target, cancellation);
                identity = await RecordAsync(target, n, identity.TargetStart, end - identity.TargetStart, cancellation);
            }
        }
    }

    private async Task<(int N, ProducerIdentity Identity)> LatestAsync(TopicPartition target, CancellationToken cancellation)
    {
        var n = 0;
        var identity = await artifacts.FindIdentityAsync(target.Topic, target.Partition, n, cancellation)
            ?? await RecordAsync(target, n, await EndAsync(target, cancellation), 0, cancellation);
        while (await artifacts.FindIdentityAsync(target.Topic, target.Partition, n + 1, cancellation) is { } next)
            (n, identity) = (n + 1, next);
        return (n, identity);
    }

    private async Task<ProducerIdentity> RecordAsync(TopicPartition target, int n, long targetStart, long firstRecord, CancellationToken cancellation)
    {
        var (id, epoch) = await ProducerIds.NewAsync(cluster.Client, cancellation);
        return await artifacts.RecordIdentityAsync(target.Topic, target.Partition, n, new ProducerIdentity(id, epoch, targetStart, firstRecord), cancellation);
    }

    private async Task<long> EndAsync(TopicPartition target, CancellationToken cancellation) =>
        (await cluster.Offsets.ReadAsync([target], IsolationLevel.ReadUncommitted, cancellation))[target].End;
}
