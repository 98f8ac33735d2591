using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Protocol.Primitives;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Kafka.Producing;

/// <summary>What was written to one target partition.</summary>
/// <param name="Map">Which source offset became which target offset.</param>
/// <param name="Bytes">Bytes sent by this attempt.</param>
/// <param name="RecordsSent">Records sent by this attempt.</param>
/// <param name="RecordsFound">Records that an earlier attempt had already written.</param>
/// <param name="BrokerTimestamps">Records of LogAppendTime batches: their time is kept, as if the producer had set it.</param>
public sealed record ProducedRange(OffsetMap Map, long Bytes, long RecordsSent, long RecordsFound, long BrokerTimestamps);

/// <summary>More of a partition is safely at the target.</summary>
/// <param name="Records">All its records there, those of earlier attempts included.</param>
/// <param name="Bytes">Of the batches that have come to it with this word.</param>
public readonly record struct Acknowledgement(long Records, long Bytes);

/// <summary>
/// Writes stored batches to one target partition, exactly once across crashes: the n-th record gets target offset start + n and sequence
/// number n, every acknowledgement is held against that, and whoever goes on begins at what the target's log holds.
/// </summary>
/// <param name="cluster">Where to.</param>
/// <param name="rateLimit">Holds it back; null for no limit.</param>
/// <param name="logger">Told of trouble.</param>
/// <param name="throttled">Told how long the brokers hold it back; null where nobody asks.</param>
public sealed partial class PartitionProducer(ClusterClient cluster, RateLimit? rateLimit, ILogger<PartitionProducer> logger, ThrottleTime? throttled = null)
{
    /// <summary>Writes what is missing at the target, and reports each acknowledged batch.</summary>
    /// <param name="target">The partition to write to.</param>
    /// <param name="identity">The recorded identity.</param>
    /// <param name="policy">The recorded policy.</param>
    /// <param name="source">Opens the stored batches from their beginning; called again when an exchange broke.</param>
    /// <param name="acknowledged">Told what is safely at the target, at first what is found there, and then as soon as there is more.</param>
    /// <param name="cancellation">Stops it between two batches.</param>
    /// <exception cref="ForeignWriterException">The target's offsets are not those that the restore assigned.</exception>
    /// <exception cref="ClusterException">It kept failing, or failed for good.</exception>
    public async Task<ProducedRange> RunAsync(
        TopicPartition target, ProducerIdentity identity, TransformPolicy policy, Func<IAsyncEnumerable<SourceBatch>> source,
        Action<Acknowledgement> acknowledged, CancellationToken cancellation)
    {
        var patience = new Patience(cluster.Options, cluster.Time);
        var refresh = false;
        while (true)
        {
            var attempt = new ProduceAttempt(cluster, rateLimit, throttled, target, identity, policy, more =>
            {
                if (more.Bytes > 0)
                    patience.Renew();
                acknowledged(more);
            });
            try
            {
                return await attempt.RunAsync(source(), refresh, cancellation);
            }
            catch (ClusterException e) when (IsWorthAnotherLook(e) && patience.Lasts())
            {
                LogRetry(logger, target, e.Message);
                refresh = true;
                await patience.WaitAsync(cancellation);
            }
        }
    }

    // A sequence that the broker does not expect, or an end that its log does not reach (a new leader may not have heard yet), means that our
    // picture of its log is old: read the end again.
    private static bool IsWorthAnotherLook(ClusterException e) =>
        e.IsTransient || e.Remedy is ErrorRemedy.ReadEnd or ErrorRemedy.CheckPosition;

    [LoggerMessage(2201, LogLevel.Information, "{Target}: going on from what its log holds: {Reason}")]
    private static partial void LogRetry(ILogger logger, TopicPartition target, string reason);
}
