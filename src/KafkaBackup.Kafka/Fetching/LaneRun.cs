using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Kafka.Fetching;

/// <summary>One run of a lane: which partition is read from which leader at the moment, and what becomes of those in trouble.</summary>
internal sealed partial class LaneRun(ClusterClient cluster, RateLimit? rateLimit, ThrottleTime? throttled, ILogger logger, CancellationToken cancellation)
{
    /// <summary>The least that a broker is asked for at once, however many brokers share the memory, in bytes.</summary>
    private const int LeastShare = 1 << 20;

    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<BrokerAddress, LeaderSession> _sessions = [];
    private readonly HashSet<Task> _running = [];
    private readonly Lock _lock = new();
    private int _open;

    public ClusterClient Cluster => cluster;

    public RateLimit? RateLimit => rateLimit;

    /// <summary>Told how long the brokers hold the run back.</summary>
    public ThrottleTime? Throttled => throttled;

    /// <summary>Ends with the run, whatever ends it.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Ends when whoever asked for the run wants no more: what has been read is written until then.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>
    /// What one leader may be asked for at once: each holds one answer that is written and one that comes, and all together no more than
    /// <see cref="ClusterOptions.FetchMemory"/>.
    /// </summary>
    public int ShareOfMemory
    {
        get
        {
            lock (_lock)
                return (int)Math.Clamp(cluster.Options.FetchMemory / (2L * Math.Max(1, _sessions.Count)), Math.Min(LeastShare, cluster.Options.FetchMaxBytes), cluster.Options.FetchMaxBytes);
        }
    }

    /// <summary>Reads partitions to their ends.</summary>
    public async Task ReadAsync(IReadOnlyList<PartitionFetch> partitions)
    {
        _open = partitions.Count;
        try
        {
            await BeginAsync(partitions);
            await _done.Task.WaitAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_done.Task.IsFaulted)
        {
            await _done.Task;
        }
        finally
        {
            await _stop.CancelAsync();
            await EndAsync();
            _stop.Dispose();
        }
    }

    /// <summary>A partition has been read to its end, and what was read of it is written.</summary>
    public void Complete(PartitionFetch partition)
    {
        if (partition.End is not null && Interlocked.Decrement(ref _open) == 0)
            _done.TrySetResult();
    }

    /// <summary>Reads a partition on from whoever leads it, after some trouble.</summary>
    public void Resettle(PartitionFetch partition, ClusterException trouble) => Run(() => SettleAsync(partition, trouble));

    /// <summary>The session with a leader is over; nothing settles there any more.</summary>
    public void Forget(LeaderSession session)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(session.Leader, out var current) && current == session)
                _sessions.Remove(session.Leader);
        }
    }

    public void LogRetry(string reason) => LogRetry(logger, reason);

    // All that one broker leads is in its first request; who has no leader now is settled later.
    private async Task BeginAsync(IReadOnlyList<PartitionFetch> partitions)
    {
        var sessions = new List<LeaderSession>();
        foreach (var partition in partitions)
        {
            try
            {
                await cluster.Leaders.LearnAsync(partitions.Select(p => p.Partition.Topic).Distinct(), Stop);
                partition.Leader = await cluster.Leaders.FindAsync(partition.Partition.Topic, partition.Partition.Partition, -1, Stop);
                if (Join(partition) is { } begun)
                    sessions.Add(begun);
            }
            catch (ClusterException e) when (e.IsTransient)
            {
                partition.Leader = partition.Leader with { Seen = cluster.Leaders.Seen };
                Resettle(partition, e);
            }
        }

        foreach (var session in sessions)
            Run(session.RunAsync);
    }

    private async Task SettleAsync(PartitionFetch partition, ClusterException? trouble)
    {
        while (true)
        {
            if (trouble is not null)
            {
                if (!IsWorthAnotherTry(trouble) || !partition.Patience.Lasts())
                    throw trouble;
                await partition.Patience.WaitAsync(Stop);
            }

            try
            {
                if (trouble?.Remedy == ErrorRemedy.CheckPosition)
                    await RecoverPositionAsync(partition);
                if (partition.End is not null)
                {
                    Complete(partition);
                    return;
                }

                var wrong = trouble is null or { Remedy: ErrorRemedy.Wait } ? -1 : partition.Leader.Seen;
                partition.Leader = await cluster.Leaders.FindAsync(partition.Partition.Topic, partition.Partition.Partition, wrong, Stop);
                if (Join(partition) is { } begun)
                    Run(begun.RunAsync);
                return;
            }
            catch (ClusterException e)
            {
                trouble = e;
                partition.Leader = partition.Leader with { Seen = cluster.Leaders.Seen };
            }
        }
    }

    private static bool IsWorthAnotherTry(ClusterException e) => e.IsTransient || e.Remedy == ErrorRemedy.CheckPosition;

    private async Task RecoverPositionAsync(PartitionFetch partition)
    {
        var bounds = (await new LogOffsets(cluster).ReadAsync([partition.Partition], IsolationLevel.ReadUncommitted, Stop))[partition.Partition];
        if (partition.Position > bounds.End)
            throw new LogTruncatedException(partition.Partition, partition.Position, bounds.End);

        // Else it is in the range by now: the leader has changed, or the log has grown. The next answer tells.
        if (partition.Position < bounds.LogStart)
        {
            LogGap(logger, partition.Partition, partition.Position, bounds.LogStart);
            partition.SkipTo(bounds.LogStart);
        }
    }

    /// <returns>The session that has to be begun for it; null where it joins one.</returns>
    private LeaderSession? Join(PartitionFetch partition)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(partition.Leader.Address, out var current) && current.TryAdd(partition))
                return null;
            var session = new LeaderSession(this, partition.Leader.Address);
            session.TryAdd(partition);
            return _sessions[partition.Leader.Address] = session;
        }
    }

    // Whatever fails here ends the run with its own error.
    private void Run(Func<Task> work)
    {
        lock (_lock)
        {
            if (_stop.IsCancellationRequested)
                return;
            var task = Task.Run(async () =>
            {
                try
                {
                    await work();
                }
                catch (Exception e) when (e is not OperationCanceledException || !_stop.IsCancellationRequested)
                {
                    if (_done.TrySetException(e))
                        await _stop.CancelAsync();
                }
                catch (OperationCanceledException)
                {
                    // The run is over.
                }
            }, CancellationToken.None);
            _running.Add(task);
            _ = task.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Ended(Task task)
    {
        lock (_lock)
            _running.Remove(task);
    }

    private async Task EndAsync()
    {
        Task[] running;
        lock (_lock)
            running = [.. _running];
        await Task.WhenAll(running);
    }

    [LoggerMessage(2101, LogLevel.Information, "fetching again: {Reason}")]
    private static partial void LogRetry(ILogger logger, string reason);

    [LoggerMessage(2102, LogLevel.Warning, "{Partition}: offsets from {From} to {To} are gone before they could be read")]
    private static partial void LogGap(ILogger logger, TopicPartition partition, long from, long to);
}
