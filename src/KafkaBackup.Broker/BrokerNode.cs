using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Broker.Handlers;
using KafkaBackup.Broker.Network;
using KafkaBackup.Broker.Quotas;
using KafkaBackup.Broker.Security;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Broker;

/// <summary>A node of the cluster: a listener with an id, which can be stopped and started again.</summary>
public sealed class BrokerNode
{
    private const int Backlog = 512;

    private readonly ClusterState _cluster;
    private readonly ListenerSecurity _security;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<Task, byte> _connections = [];
    private IPEndPoint _endpoint;
    private TcpListener? _listener;
    private CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;
    private bool _registered;

    internal BrokerNode(ClusterState cluster, int id, IPEndPoint endpoint, ListenerSecurity security, ILogger logger)
    {
        (_cluster, Id, _endpoint, _security, _logger) = (cluster, id, endpoint, security, logger);
        var address = endpoint.Address;
        Host = cluster.Options.AdvertisedHost ?? (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? "127.0.0.1" : address.ToString());
    }

    /// <summary>Its id in the cluster.</summary>
    public int Id { get; }

    /// <summary>The host that clients are told to connect to.</summary>
    public string Host { get; }

    /// <summary>The port that it listens on; it stays the same when the node is started again.</summary>
    public int Port => _endpoint.Port;

    /// <summary>Whether it serves.</summary>
    public bool IsRunning => _listener is not null;

    /// <summary>What goes wrong on purpose on this node alone, beside <see cref="BrokerOptions.Faults"/>.</summary>
    public BrokerFaults Faults { get; } = new();

    /// <summary>Whether the cluster takes it to be running.</summary>
    internal bool IsRegistered
    {
        get => Volatile.Read(ref _registered);
        set => Volatile.Write(ref _registered, value);
    }

    /// <summary>Starts it, again if it was stopped; it leads what has no leader and lies on it.</summary>
    /// <exception cref="SocketException">It can't listen there.</exception>
    public void Start()
    {
        if (IsRunning)
            return;
        Listen();
        Serve();
    }

    /// <summary>Takes the port, so that it is known before anybody is served.</summary>
    internal void Listen()
    {
        _stopping = new CancellationTokenSource();
        var listener = new TcpListener(_endpoint);
        listener.Start(Backlog);
        _endpoint = (IPEndPoint)listener.LocalEndpoint;
        _listener = listener;
    }

    internal void Serve()
    {
        _cluster.Join(this);
        _accepting = AcceptAsync(_listener!, _stopping.Token);
    }

    /// <summary>Stops it: its partitions get other leaders, then its connections are cut.</summary>
    /// <param name="noticedAfter">
    /// Where given, it goes as one that dies: its connections are cut at once, and only after this time does the cluster notice and elect other leaders.
    /// </param>
    public async Task StopAsync(TimeSpan? noticedAfter = null)
    {
        if (!IsRunning)
            return;
        if (noticedAfter is null)
            _cluster.Leave(this);
        await CutAsync().ConfigureAwait(false);
        if (noticedAfter is { } delay)
            _ = LeaveAfterAsync(delay);
    }

    /// <summary>Cuts its connections and listens no more, and leaves the cluster as it is.</summary>
    internal async Task CutAsync()
    {
        if (Interlocked.Exchange(ref _listener, null) is not { } listener)
            return;
        listener.Stop();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_connections.Keys).ConfigureAwait(false);
        listener.Dispose();
    }

    /// <summary>Gives the port back where the start goes wrong.</summary>
    internal void Abandon() => Interlocked.Exchange(ref _listener, null)?.Dispose();

    private async Task LeaveAfterAsync(TimeSpan delay)
    {
        await Task.Delay(delay, _cluster.Time).ConfigureAwait(false);
        if (!IsRunning)
            _cluster.Leave(this);
    }

    private async Task AcceptAsync(TcpListener listener, CancellationToken stopping)
    {
        var apis = new ApiTable(new BrokerCore(_cluster, this), _cluster.Options.MaxVersions);
        var faults = new NodeFaults(_cluster.Options.Faults, Faults);
        var throttling = new Throttling(_cluster.Meter, faults);
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptSocketAsync(stopping).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException || stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException)
            {
                continue;
            }

            socket.NoDelay = true;
            var connection = new Connection(socket, apis, throttling, _security, faults, _cluster.Options.MaxRequestBytes, _cluster.Time, _logger);
            var running = Task.Run(() => connection.RunAsync(stopping), CancellationToken.None);
            _connections[running] = 0;
            _ = running.ContinueWith(done => _connections.TryRemove(done, out _), TaskScheduler.Default);
        }
    }
}
