using System.Runtime.ExceptionServices;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Kafka.Fetching;

/// <summary>
/// Reads partitions as they lie in the brokers' logs: whole record batches, undecoded, read committed. Partitions are read together, by a
/// connection to each of their leaders; whoever moves is followed.
/// </summary>
public sealed partial class FetchLane(ClusterClient cluster, RateLimit? rateLimit, ILogger<FetchLane> logger)
{
    /// <summary>Reads every assignment to its end.</summary>
    /// <exception cref="ClusterException">It kept failing, or failed for good; the sinks hold what was read until then.</exception>
    public async Task<IReadOnlyList<FetchedRange>> RunAsync(IReadOnlyList<FetchAssignment> assignments, CancellationToken cancellation)
    {
        var partitions = assignments.Select(a => new PartitionFetch(a)).ToList();
        var patience = new Patience(cluster.Options, cluster.Time);
        var refresh = false;
        while (partitions.Exists(p => p.End is null))
        {
            try
            {
                var leaders = await ByLeaderAsync(partitions.Where(p => p.End is null), refresh, cancellation);
                await RunLeadersAsync(leaders, patience, cancellation);
            }
            catch (ClusterException e) when (e.IsTransient && patience.Lasts())
            {
                LogRetry(logger, e.Message);
                refresh = true;
                await patience.WaitAsync(cancellation);
            }
        }

        return [.. partitions.Select(p => p.Result)];
    }

    private async Task<Dictionary<BrokerAddress, List<PartitionFetch>>> ByLeaderAsync(
        IEnumerable<PartitionFetch> partitions, bool refresh, CancellationToken cancellation)
    {
        var leaders = new Dictionary<BrokerAddress, List<PartitionFetch>>();
        foreach (var partition in partitions)
        {
            var leader = await cluster.LeaderAsync(partition.Partition.Topic, partition.Partition.Partition, refresh, cancellation);
            refresh = false;
            (leaders.TryGetValue(leader, out var list) ? list : leaders[leader] = []).Add(partition);
        }

        return leaders;
    }

    /// <summary>Reads from all leaders at once; when one fails the others stop at their next step, and the leaders are asked for again.</summary>
    private async Task RunLeadersAsync(Dictionary<BrokerAddress, List<PartitionFetch>> leaders, Patience patience, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var runs = leaders.Select(async leader =>
        {
            try
            {
                await RunLeaderAsync(leader.Key, leader.Value, patience, stop.Token, cancellation);
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }).ToList();
        try
        {
            await Task.WhenAll(runs);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // A run that was stopped for another's failure: that failure is what happened.
            await runs.First(r => r.IsFaulted);
        }
    }

    private async Task RunLeaderAsync(
        BrokerAddress leader, List<PartitionFetch> partitions, Patience patience, CancellationToken stop, CancellationToken cancellation)
    {
        await using var connection = await cluster.OpenAsync(leader, stop);
        var asked = partitions;
        var answer = await connection.BeginAsync(RequestFor(asked), stop);
        while (true)
        {
            using var lease = await answer;
            stop.ThrowIfCancellationRequested();
            var accepted = new List<(PartitionFetch Partition, ResponseScan Scan)>();
            ExceptionDispatchInfo? failure = null;
            foreach (var (partition, fetched) in Match(asked, lease.Response))
            {
                try
                {
                    await TakeAsync(partition, fetched, partition == asked[0], accepted, cancellation);
                }
                catch (ClusterException e)
                {
                    // One partition's trouble must not lose what the others were sent: their positions have moved.
                    failure ??= ExceptionDispatchInfo.Capture(e);
                }
            }

            // Starved ones first: the broker fills the response in the order of the request.
            var before = asked.Count;
            asked = [.. asked.Where(p => p.End is null).OrderBy(p => p.IsStarved ? 0 : 1)];
            var throttle = TimeSpan.FromMilliseconds(lease.Response.ThrottleTimeMs);

            // The next request is under way while this response is written.
            var next = asked.Count > 0 && failure is null && throttle == TimeSpan.Zero ? connection.BeginAsync(RequestFor(asked), stop) : null;
            foreach (var (partition, scan) in accepted)
                await partition.Sink.AppendAsync(scan.Accepted, scan.Aborted, cancellation);
            if (accepted.Count > 0 || asked.Count < before)
                patience.Renew();
            else if (failure is null && !patience.Lasts())
                throw new FetchStalledException(asked[0].Partition, asked[0].Position, asked[0].Cut, asked[0].LastStableOffset);
            if (rateLimit is not null)
                await rateLimit.PayAsync(accepted.Sum(a => (long)a.Scan.Accepted.Length), cancellation);
            failure?.Throw();
            if (asked.Count == 0)
                return;
            if (next is null)
                await Task.Delay(throttle, cluster.Time, stop);
            answer = await (next ?? connection.BeginAsync(RequestFor(asked), stop));
        }
    }

    private async Task TakeAsync(
        PartitionFetch partition, FetchedPartition fetched, bool wasFirst, List<(PartitionFetch Partition, ResponseScan Scan)> accepted, CancellationToken cancellation)
    {
        if (fetched.ErrorCode == ErrorCode.OffsetOutOfRange)
        {
            await RecoverPositionAsync(partition, cancellation);
            return;
        }

        if (fetched.ErrorCode != ErrorCode.None)
            throw new BrokerErrorException(fetched.ErrorCode, ApiKey.Fetch, partition.Partition.ToString());
        if (fetched.Records is not { Length: > 0 } records)
        {
            partition.MeetNothing(wasFirst, fetched.LastStableOffset);
            return;
        }

        ResponseScan scan;
        try
        {
            scan = ResponseScan.Of(records, fetched.AbortedTransactions, partition.Position, partition.Cut);
        }
        catch (InvalidBatchException e)
        {
            throw new CorruptBatchException(partition.Partition, e.Message, partition.ToleratesCorruption(), e);
        }

        partition.Advance(scan);
        if (scan.Accepted.Length > 0)
            accepted.Add((partition, scan));
    }

    private async Task RecoverPositionAsync(PartitionFetch partition, CancellationToken cancellation)
    {
        var bounds = (await new LogOffsets(cluster).ReadAsync([partition.Partition], IsolationLevel.ReadUncommitted, cancellation))[partition.Partition];
        if (partition.Position > bounds.End)
            throw new LogTruncatedException(partition.Partition, partition.Position, bounds.End);
        if (partition.Position < bounds.LogStart)
        {
            LogGap(logger, partition.Partition, partition.Position, bounds.LogStart);
            partition.SkipTo(bounds.LogStart);
            return;
        }

        // It is in the range by now: the leader has changed, or the log has grown. The next answer tells.
        await Task.Delay(cluster.Options.RetryBackoff, cluster.Time, cancellation);
    }

    private static IEnumerable<(PartitionFetch Partition, FetchedPartition Fetched)> Match(List<PartitionFetch> asked, FetchResponse response)
    {
        if (response.ErrorCode != ErrorCode.None)
            throw new BrokerErrorException(response.ErrorCode, ApiKey.Fetch, "the leader's partitions");
        var byName = asked.ToDictionary(p => p.Partition);
        foreach (var topic in response.Topics)
        {
            foreach (var fetched in topic.Partitions)
            {
                if (byName.TryGetValue(new TopicPartition(topic.Topic, fetched.Partition), out var partition))
                    yield return (partition, fetched);
            }
        }
    }

    private FetchRequest RequestFor(List<PartitionFetch> partitions)
    {
        // A limited run takes small bites, so that it flows instead of bursting.
        var bite = rateLimit is null ? int.MaxValue : (int)Math.Clamp(rateLimit.BytesPerSecond / 4, 16 << 10, int.MaxValue);
        return new FetchRequest
        {
            MaxWaitMs = (int)cluster.Options.FetchMaxWait.TotalMilliseconds,
            MinBytes = 1,
            MaxBytes = Math.Min(bite, cluster.Options.FetchMaxBytes),
            IsolationLevel = IsolationLevel.ReadCommitted,
            Topics = [.. Runs(partitions).Select(run => new FetchTopic
            {
                Topic = run[0].Partition.Topic,
                Partitions = [.. run.Select(p => new FetchPartition
                {
                    Partition = p.Partition.Partition,
                    FetchOffset = p.Position,
                    PartitionMaxBytes = Math.Min(bite, cluster.Options.PartitionFetchMaxBytes),
                })],
            })],
        };
    }

    /// <summary>Neighbours of one topic share an element of the request; the order of the partitions stays.</summary>
    private static IEnumerable<List<PartitionFetch>> Runs(List<PartitionFetch> partitions)
    {
        List<PartitionFetch> run = [];
        foreach (var partition in partitions)
        {
            if (run.Count > 0 && run[0].Partition.Topic != partition.Partition.Topic)
            {
                yield return run;
                run = [];
            }

            run.Add(partition);
        }

        yield return run;
    }

    [LoggerMessage(2101, LogLevel.Information, "fetching again: {Reason}")]
    private static partial void LogRetry(ILogger logger, string reason);

    [LoggerMessage(2102, LogLevel.Warning, "{Partition}: offsets from {From} to {To} are gone before they could be read")]
    private static partial void LogGap(ILogger logger, TopicPartition partition, long from, long to);
}
