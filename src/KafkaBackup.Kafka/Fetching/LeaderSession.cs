using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Kafka.Fetching;

/// <summary>
/// Reads from one leader, over a connection of its own, all the partitions that it leads. The next request is on its way while an answer is
/// written; another one is not sent before that is done: so a slow store holds the brokers back, and two answers are all that is held.
/// </summary>
internal sealed class LeaderSession(LaneRun run, BrokerAddress leader)
{
    private readonly Lock _lock = new();
    private readonly List<PartitionFetch> _arrivals = [];
    private bool _isOver;

    /// <summary>In the order in which they are asked for: those that waited longest first, for the broker fills its answer in this order.</summary>
    private List<PartitionFetch> _queue = [];

    public BrokerAddress Leader => leader;

    /// <summary>Takes a partition in; false once the session is over.</summary>
    public bool TryAdd(PartitionFetch partition)
    {
        lock (_lock)
        {
            if (!_isOver)
                _arrivals.Add(partition);
            return !_isOver;
        }
    }

    /// <summary>Reads until no partition is left, or the connection breaks: then each of them finds its leader anew.</summary>
    public async Task RunAsync()
    {
        try
        {
            await using var connection = await run.Cluster.OpenAsync(leader, run.Stop, run.Throttled);
            while (Welcome())
                await ReadAsync(connection);
        }
        catch (ClusterException e)
        {
            run.LogRetry(e.Message);
            foreach (var partition in Leave())
                run.Resettle(partition, e);
        }
    }

    /// <summary>Reads what is in the queue, and what joins it, until it is empty.</summary>
    private async Task ReadAsync(BrokerConnection connection)
    {
        var asked = FetchRequests.Choose(_queue);
        var answer = await connection.BeginAsync(Request(asked), run.Stop);
        while (true)
        {
            using var lease = await answer;
            run.Stop.ThrowIfCancellationRequested();
            var taken = new ResponseIntake(asked, lease.Response);
            taken.Take(connection.Capabilities);
            _queue = taken.Requeue(_queue);
            foreach (var (partition, trouble) in taken.Troubled)
            {
                run.LogRetry(trouble.Message);
                run.Resettle(partition, trouble);
            }

            Welcome();
            asked = FetchRequests.Choose(_queue);

            // The next request is under way while this response is written.
            var next = asked.Count > 0 && taken.Failure is null ? connection.BeginAsync(Request(asked), run.Stop) : null;
            await WriteAsync(taken);
            taken.Failure?.Throw();
            if (asked.Count == 0)
                return;
            answer = await next!;
        }
    }

    private async Task WriteAsync(ResponseIntake taken)
    {
        foreach (var (partition, scan) in taken.Accepted)
            await partition.Sink.AppendAsync(scan.Accepted, scan.Aborted, run.Cancellation);
        if (run.RateLimit is { } limit)
            await limit.PayAsync(taken.Accepted.Sum(a => (long)a.Scan.Accepted.Length), run.Stop);
        foreach (var partition in taken.Ended)
            run.Complete(partition);
    }

    private FetchRequest Request(IReadOnlyList<PartitionFetch> partitions) =>
        FetchRequests.Of(partitions, run.Cluster.Options, run.ShareOfMemory, run.RateLimit);

    /// <summary>Lets in who has come; false where nobody is left to be read.</summary>
    private bool Welcome()
    {
        lock (_lock)
        {
            _queue = [.. _queue, .. _arrivals];
            _arrivals.Clear();
            if (_queue.Count > 0)
                return true;
            _isOver = true;
        }

        run.Forget(this);
        return false;
    }

    private List<PartitionFetch> Leave()
    {
        lock (_lock)
        {
            _isOver = true;
            _queue = [.. _queue, .. _arrivals];
            _arrivals.Clear();
        }

        run.Forget(this);
        return _queue;
    }
}
