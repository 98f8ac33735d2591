using KafkaBackup.Durable;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Leases;
using KafkaBackup.Workflows.Progress;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Workflows.Backup;

/// <summary>
/// Writes the segments of a slice of partitions, up to the cut; small ones into packs, which they share. Run again after a crash, it adopts the whole segments that are durable, and
/// goes on behind them; the segments are byte for byte those of an undisturbed run, wherever they lie.
/// </summary>
public sealed class BackUpPartitions(IConnections connections, WriterLeases leases, TimeProvider time, ILogger<FetchLane> logger) : TaskActivity<BackupSlice, BackedUpSlice>
{
    /// <inheritdoc/>
    public override async Task<BackedUpSlice> RunAsync(TaskActivityContext context, BackupSlice input)
    {
        await using var lease = await leases.HoldAsync(input.Request.Repository, input.Generation, context.CancellationToken);
        var store = connections.Repository(input.Request.Repository);
        var handover = new Handover(store, input.Generation);
        var partitions = input.Cut is { } cut ? Slicing.Of(await handover.OpenCutAsync(cut, context.CancellationToken))[input.Number!.Value] : input.Partitions;
        var policy = input.Request.Policy();
        await using var packs = input.Number is { } number ? new SegmentPacks(store, input.Generation, number, policy) : null;
        var cluster = connections.Cluster(input.Request.Cluster).Client;
        var throttled = new ThrottleTime(cluster.Time);
        var progress = new TransferProgress(context, "backed up", partitions.Sum(p => p.To - Math.Max(p.From, p.LogStart)), throttled, input.Quotas);
        var sinks = new List<SegmentSink>();
        try
        {
            // A first attempt finds nothing, and looking for it would cost a request for each partition.
            var isRepeated = context.Attempt > 1;
            if (isRepeated && packs is not null)
                await packs.ResumeAsync(context.CancellationToken);
            foreach (var partition in partitions)
            {
                var path = new PartitionPath(partition.Topic, partition.Lineage, input.Generation, partition.Partition);
                var sink = new SegmentSink(partition, new PartitionWriter(store, path, partition.From, policy, packs), progress);
                sinks.Add(sink);
                if (isRepeated)
                    await sink.ResumeAsync(context.CancellationToken);
            }

            var limit = input.RateLimit is { } rate ? new RateLimit(rate, time) : null;
            var lane = new FetchLane(cluster, limit, logger, throttled);
            var ranges = (await lane.RunAsync([.. sinks.Select(s => s.Assignment)], context.CancellationToken)).ToDictionary(r => r.Partition);
            // All of them end before the first is complete, so that they share packs.
            foreach (var sink in sinks)
                await sink.CloseAsync(context.CancellationToken);
            var written = new List<BackedUpPartition>();
            foreach (var sink in sinks)
                written.Add(await sink.CompleteAsync(ranges[sink.Assignment.Partition], context.CancellationToken));
            return await handover.KeepAsync(new BackedUpSlice(written) { ThrottledSeconds = throttled.Total.TotalSeconds }, context.CancellationToken);
        }
        finally
        {
            foreach (var sink in sinks)
                await sink.DisposeAsync();
        }
    }

    /// <summary>Joins the lane to the writer of one partition.</summary>
    private sealed class SegmentSink(SlicePartition partition, PartitionWriter writer, TransferProgress progress) : IFetchSink, IAsyncDisposable
    {
        private long _next = partition.From;
        private long _reported = Math.Max(partition.From, partition.LogStart);

        public FetchAssignment Assignment => new(new TopicPartition(partition.Topic, partition.Partition), Math.Max(_next, partition.LogStart), partition.To, this);

        public async Task ResumeAsync(CancellationToken cancellation)
        {
            _next = await writer.ResumeAsync(cancellation);
            Report(_next, 0);
        }

        public async ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<AbortedRange> aborted, CancellationToken cancellation)
        {
            await writer.AppendCheckedAsync(batches, aborted, cancellation);
            // Nothing more can come: what is gathered in memory makes room for the others.
            if (writer.NextOffset >= partition.To)
                await writer.CloseAsync(cancellation);
            Report(writer.NextOffset, batches.Length);
        }

        public Task CloseAsync(CancellationToken cancellation) => writer.CloseAsync(cancellation);

        public async Task<BackedUpPartition> CompleteAsync(FetchedRange range, CancellationToken cancellation)
        {
            var backup = await writer.CompleteAsync(range.To, cancellation);
            Report(partition.To, 0);
            // What the log's start had passed before the cut was fixed is a gap as well.
            var gaps = range.Gaps.Select(g => new CapturedGap(g.From, g.To));
            if (partition.LogStart > partition.From)
                gaps = gaps.Prepend(new CapturedGap(partition.From, Math.Min(partition.LogStart, partition.To)));
            return new BackedUpPartition(partition.Topic, backup, [.. gaps]);
        }

        public ValueTask DisposeAsync() => writer.DisposeAsync();

        private void Report(long offset, long bytes)
        {
            progress.Add(Math.Max(0, offset - _reported), bytes);
            _reported = Math.Max(_reported, offset);
        }
    }
}
