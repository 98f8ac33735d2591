using KafkaBackup.Broker.Logs;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Reads batches, after a while if there are too few. There are no fetch sessions: every request is a full one.</summary>
internal sealed class FetchHandler(BrokerCore broker) : WaitingHandler<FetchRequest, FetchResponse>
{
    /// <summary>A frame's length is an int32, and a response is built in memory.</summary>
    private const int MaxResponseBytes = 512 * 1024 * 1024;

    protected override async Task<FetchResponse?> HandleAsync(FetchRequest request, RequestContext context)
    {
        if (request.SessionId != 0)
            return new FetchResponse { ErrorCode = ErrorCode.FetchSessionIdNotFound };
        await WaitForDataAsync(request, context.Stopping).ConfigureAwait(false);
        var left = Math.Min(request.MaxBytes, MaxResponseBytes);
        var first = true;
        var topics = new List<FetchedTopic>(request.Topics.Count);
        foreach (var topic in request.Topics)
        {
            var partitions = new List<FetchedPartition>(topic.Partitions.Count);
            foreach (var partition in topic.Partitions)
            {
                var fetched = Read(topic.Topic, partition, request.IsolationLevel, left, first, context);
                left -= fetched.Records?.Length ?? 0;
                first &= fetched.Records is not { Length: > 0 };
                partitions.Add(fetched);
            }

            topics.Add(new FetchedTopic { Topic = topic.Topic, Partitions = partitions });
        }

        return new FetchResponse { Topics = topics };
    }

    private FetchedPartition Read(string topic, FetchPartition asked, IsolationLevel isolation, int left, bool firstBatchWhole, RequestContext context)
    {
        if (Check(topic, asked, out var log) is var error and not ErrorCode.None)
            return Failed(asked.Partition, error);
        try
        {
            return log!.Read(view => Read(view, asked, isolation, left, firstBatchWhole, context));
        }
        catch (ObjectDisposedException)
        {
            return Failed(asked.Partition, ErrorCode.UnknownTopicOrPartition);
        }
    }

    private static FetchedPartition Read(LogView view, FetchPartition asked, IsolationLevel isolation, int left, bool firstBatchWhole, RequestContext context)
    {
        if (asked.FetchOffset < view.Start || asked.FetchOffset > view.End)
            return Failed(asked.Partition, ErrorCode.OffsetOutOfRange);
        var slice = view.Slice(asked.FetchOffset, isolation, Math.Min(left, asked.PartitionMaxBytes), firstBatchWhole);
        return new FetchedPartition
        {
            Partition = asked.Partition,
            HighWatermark = view.End,
            LastStableOffset = view.Stable,
            LogStartOffset = view.Start,
            AbortedTransactions = isolation == IsolationLevel.ReadCommitted ? view.Aborted(asked.FetchOffset, slice) : null,
            Records = Read(slice, context),
        };
    }

    private static ReadOnlyMemory<byte> Read(LogSlice slice, RequestContext context)
    {
        if (slice.Segment is null)
            return ReadOnlyMemory<byte>.Empty;
        var buffer = context.Rent(slice.Length);
        return buffer[..slice.Segment.Read(slice.Position, buffer.Span)];
    }

    private ErrorCode Check(string topic, FetchPartition asked, out PartitionLog? log) =>
        broker.CheckLeader(topic, asked.Partition, asked.CurrentLeaderEpoch, out log);

    // Waits until there are enough bytes, an error to report, or the time is over.
    private async Task WaitForDataAsync(FetchRequest request, CancellationToken stopping)
    {
        var deadline = broker.Time.GetTimestamp() + (request.MaxWaitMs * (broker.Time.TimestampFrequency / 1000));
        while (!IsEnough(request))
        {
            var left = TimeSpan.FromSeconds((double)(deadline - broker.Time.GetTimestamp()) / broker.Time.TimestampFrequency);
            if (left <= TimeSpan.Zero || stopping.IsCancellationRequested)
                return;
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var logs = request.Topics.SelectMany(t => t.Partitions.Select(p => broker.Topics.Find(t.Topic, p.Partition))).OfType<PartitionLog>().ToList();
            foreach (var log in logs)
                log.Wait(waiter);
            try
            {
                // An append between the look and the wait must not be missed.
                if (!IsEnough(request))
                    await waiter.Task.WaitAsync(left, broker.Time, stopping).ConfigureAwait(false);
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                return;
            }
            finally
            {
                foreach (var log in logs)
                    log.StopWaiting(waiter);
            }
        }
    }

    private bool IsEnough(FetchRequest request)
    {
        if (request.MinBytes <= 0 || request.MaxWaitMs <= 0)
            return true;
        long available = 0;
        var any = false;
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                any = true;
                if (Check(topic.Topic, partition, out var log) != ErrorCode.None)
                    return true;
                var view = log!.View;
                if (partition.FetchOffset < view.Start || partition.FetchOffset > view.End)
                    return true;
                if (partition.FetchOffset < view.Bound(request.IsolationLevel))
                    available += request.MinBytes == 1 ? 1 : view.Available(partition.FetchOffset, request.IsolationLevel, request.MinBytes - available);
                if (available >= request.MinBytes)
                    return true;
            }
        }

        return !any;
    }

    private static FetchedPartition Failed(int partition, ErrorCode error) =>
        new() { Partition = partition, ErrorCode = error, HighWatermark = -1, Records = ReadOnlyMemory<byte>.Empty };
}
