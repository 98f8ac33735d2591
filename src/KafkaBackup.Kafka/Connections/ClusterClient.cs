using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Kafka.Connections;

/// <summary>
/// A cluster on the raw wire: who leads what, a connection to each broker for short exchanges, connections of their own for the lanes, and
/// one rule for trying again.
/// </summary>
public sealed partial class ClusterClient : IAsyncDisposable
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly Dictionary<BrokerAddress, BrokerConnection> _shared = [];
    private readonly ILogger _logger;

    /// <summary>Opens nothing yet.</summary>
    public ClusterClient(ClusterOptions options, TimeProvider time, ILogger<ClusterClient> logger)
    {
        (Options, Time, _logger) = (options, time, logger);
        Leaders = new Leaders(async (topics, cancellation) => await AskMetadataAsync(topics, cancellation));
    }

    /// <summary>How the cluster is reached.</summary>
    public ClusterOptions Options { get; }

    public TimeProvider Time { get; }

    /// <summary>The brokers to ask where any will do: those that the cluster named, then those that it was first reached by.</summary>
    internal IReadOnlyList<BrokerAddress> Brokers => [.. Leaders.Brokers.Concat(Options.BootstrapServers).Distinct()];

    internal Leaders Leaders { get; }

    /// <summary>Asks for the cluster's brokers and all topics, once: a cluster that can't be reached at first is an error at once, not after a minute.</summary>
    /// <exception cref="ClusterException">None of the bootstrap servers answers.</exception>
    public Task<ClusterSnapshot> ConnectAsync(CancellationToken cancellation) => AskMetadataAsync(null, cancellation);

    /// <summary>Asks for the cluster's brokers and for topics (null: all of them). Nothing is created by asking.</summary>
    public Task<ClusterSnapshot> DescribeAsync(IReadOnlyCollection<string>? topics, CancellationToken cancellation) =>
        RetryAsync("describe the cluster", async () => await AskMetadataAsync(topics, cancellation), cancellation);

    /// <summary>The address of a partition's leader; asked again with <paramref name="refresh"/>.</summary>
    /// <exception cref="BrokerErrorException">The partition has no leader now, or there is no such partition.</exception>
    public async Task<BrokerAddress> LeaderAsync(string topic, int partition, bool refresh, CancellationToken cancellation) =>
        (await Leaders.FindAsync(topic, partition, refresh ? Leaders.Seen : -1, cancellation)).Address;

    /// <summary>A new connection, which the caller disposes: a lane does not share one with short exchanges.</summary>
    public Task<BrokerConnection> OpenAsync(BrokerAddress broker, CancellationToken cancellation, ThrottleTime? throttled = null) =>
        BrokerConnection.OpenAsync(broker, Options, Time, cancellation, throttled);

    /// <summary>Asks one broker after the other, over the shared connections, until one can be reached.</summary>
    internal async Task<T> AskAnyAsync<T>(Func<BrokerConnection, Task<T>> ask, CancellationToken cancellation)
    {
        BrokerConnectionException? failure = null;
        foreach (var broker in Brokers)
        {
            try
            {
                return await ask(await SharedAsync(broker, cancellation));
            }
            catch (BrokerConnectionException e)
            {
                failure = e;
            }
        }

        throw failure!;
    }

    /// <summary>Sends one request over the shared connection to a broker.</summary>
    public async Task<ResponseLease<TResponse>> SendAsync<TResponse>(BrokerAddress broker, Request<TResponse> request, CancellationToken cancellation)
        where TResponse : Response, new() => await (await SharedAsync(broker, cancellation)).SendAsync(request, cancellation);

    /// <summary>The shared connection to a broker, opened where it is missing or broken.</summary>
    public async Task<BrokerConnection> SharedAsync(BrokerAddress broker, CancellationToken cancellation)
    {
        await _opening.WaitAsync(cancellation);
        try
        {
            if (_shared.TryGetValue(broker, out var connection))
            {
                if (connection.IsOpen)
                    return connection;
                _shared.Remove(broker);
                await connection.DisposeAsync();
            }

            return _shared[broker] = await OpenAsync(broker, cancellation);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Does something until it succeeds, fails for good, or has failed for longer than <see cref="ClusterOptions.GiveUpAfter"/>.</summary>
    public async Task<T> RetryAsync<T>(string what, Func<Task<T>> attempt, CancellationToken cancellation)
    {
        var patience = new Patience(Options, Time);
        while (true)
        {
            try
            {
                return await attempt();
            }
            catch (ClusterException e) when (e.IsTransient && patience.Lasts())
            {
                LogRetry(_logger, what, e.Message);
                await patience.WaitAsync(cancellation);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _shared.Values)
            await connection.DisposeAsync();
        _shared.Clear();
        _opening.Dispose();
    }

    private async Task<ClusterSnapshot> AskMetadataAsync(IReadOnlyCollection<string>? topics, CancellationToken cancellation)
    {
        var request = new MetadataRequest { Topics = topics?.Select(name => new MetadataTopic { Name = name }).ToList(), AllowAutoTopicCreation = false };
        var candidates = Brokers;
        var failures = new List<ClusterException>();
        foreach (var broker in candidates)
        {
            try
            {
                using var lease = await SendAsync(broker, request, cancellation);
                return ClusterSnapshot.From(lease.Response);
            }
            catch (ClusterException e) when (e is BrokerConnectionException or UnsupportedBrokerException)
            {
                failures.Add(e);
            }
        }

        throw failures.Count == 1 ? failures[0] : new BrokerConnectionException(candidates[0], string.Join("; ", failures.Select(f => f.Message)), failures[0]);
    }

    [LoggerMessage(2001, LogLevel.Information, "trying again to {What}: {Reason}")]
    private static partial void LogRetry(ILogger logger, string what, string reason);
}
