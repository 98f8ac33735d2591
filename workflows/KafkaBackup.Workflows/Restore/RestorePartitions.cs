using System.Runtime.CompilerServices;
using KafkaBackup.Durable;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Progress;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Workflows.Restore;

/// <summary>
/// Writes the records of a slice of partitions. Run again after a crash, it goes on from what the target's log holds, under the identity
/// that was recorded before the first record was sent: nothing is lost, nothing is there twice.
/// </summary>
public sealed class RestorePartitions(IConnections connections, TimeProvider time, ILogger<PartitionProducer> logger) : TaskActivity<RestoreSlice, RestoredSlice>
{
    /// <summary>Partitions of a slice that are written side by side: while one waits for its cluster or its repository, another goes on.</summary>
    internal const int SideBySide = 4;

    /// <inheritdoc/>
    public override async Task<RestoredSlice> RunAsync(TaskActivityContext context, RestoreSlice input)
    {
        var store = connections.Repository(input.Request.Repository);
        var repository = await BackupRepository.OpenAsync(store, context.CancellationToken);
        var epoch = await repository.ReadEpochAsync(input.Epoch, input.Merge, context.CancellationToken);
        var work = new List<(SlicedPartition Partition, List<SegmentReference> Segments)>();
        foreach (var topic in input.Partitions.GroupBy(p => p.Source))
        {
            var segments = (await repository.ReadSegmentsAsync(epoch, topic.Key, context.CancellationToken)).ToLookup(s => s.Partition);
            work.AddRange(topic.Select(p => (p, segments[p.Partition].Where(s => s.To > p.From).ToList())));
        }

        var cluster = connections.Cluster(input.Request.Cluster);
        var throttled = new ThrottleTime(time);
        var progress = new TransferProgress(context, "restored", work.Sum(w => w.Segments.Sum(s => s.Records)), throttled, input.Quotas);
        var artifacts = new RestoreArtifacts(store, input.RestoreId);
        var limit = input.RateLimit is { } rate ? new RateLimit(rate, time) : null;
        var producer = new IdentifiedProducer(cluster, artifacts, new PartitionProducer(cluster.Client, limit, logger, throttled));
        var restored = new RestoredPartition[work.Count];
        await Parallel.ForAsync(
            0, work.Count, new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = context.CancellationToken },
            async (i, cancellation) => restored[i] = await RestoreAsync(work[i].Partition, work[i].Segments, store, artifacts, producer, progress, cancellation));
        return new RestoredSlice(restored) { ThrottledSeconds = throttled.Total.TotalSeconds };
    }

    private async Task<RestoredPartition> RestoreAsync(
        SlicedPartition partition, List<SegmentReference> segments, IObjectStore store, RestoreArtifacts artifacts, IdentifiedProducer producer,
        TransferProgress progress, CancellationToken cancellation)
    {
        var target = new TopicPartition(partition.Target, partition.Partition);
        var reported = 0L;
        var produced = await producer.RunAsync(
            target, partition.Policy, () => ReadAsync(store, partition, segments, cancellation), more =>
            {
                // An attempt that goes on may find less than was told before: that does not take back what was.
                progress.Add(Math.Max(0, more.Records - reported), more.Bytes);
                reported = Math.Max(reported, more.Records);
            }, cancellation);
        // What is left behind on purpose, such as aborted records, is done with as well.
        progress.Add(segments.Sum(s => s.Records) - reported, 0);
        var map = await artifacts.WriteMapAsync(
            new StoredOffsetMap(
                partition.Source, partition.Target, partition.Partition, produced.Map.TargetStart, produced.Map.TargetEnd,
                [.. produced.Map.Runs.Select(r => new[] { r.Source, r.Target, r.Count })]),
            cancellation);
        return new RestoredPartition(
            partition.Source, partition.Target, partition.Partition, produced.Map.TargetEnd - produced.Map.TargetStart,
            produced.Map.TargetStart, produced.Map.TargetEnd, produced.RecordsFound, produced.BrokerTimestamps, map);
    }

    private static async IAsyncEnumerable<SourceBatch> ReadAsync(
        IObjectStore store, SlicedPartition partition, List<SegmentReference> segments, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var reader = new PartitionReader(store, partition.Source, segments);
        while (await reader.ReadAsync(cancellation))
        {
            var segment = reader.Current.Segment;
            yield return new SourceBatch(reader.Current.Batch, Math.Max(partition.From, segment.From), Math.Min(partition.To, segment.To), segment.Aborted);
        }
    }
}
