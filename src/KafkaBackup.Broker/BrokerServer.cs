using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Broker.Groups;
using KafkaBackup.Broker.Handlers;
using KafkaBackup.Broker.Network;
using KafkaBackup.Broker.State;
using KafkaBackup.Broker.Topics;
using KafkaBackup.Broker.Transactions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBackup.Broker;

/// <summary>
/// A Kafka broker of one node for development and tests: no replicas, no security, nothing fsynced before a clean stop. It serves
/// log folders that a real broker wrote, and real clients can't tell it from one in what it does speak.
/// </summary>
public sealed class BrokerServer : IAsyncDisposable
{
    private const int Backlog = 512;

    private readonly BrokerCore _core;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = [];
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private Task _accepting = Task.CompletedTask;
    private int _stopped;

    private BrokerServer(BrokerCore core, TcpListener listener, ILogger logger, TimeProvider time) =>
        (_core, _listener, _logger, _time) = (core, listener, logger, time);

    /// <summary>The host that clients are told to connect to.</summary>
    public string Host => _core.Host;

    /// <summary>The port that it listens on, also where <see cref="BrokerOptions.Listen"/> left it open.</summary>
    public int Port => _core.Port;

    /// <summary>HOST:PORT, as clients want it.</summary>
    public string BootstrapServers => $"{Host}:{Port}";

    /// <summary>The cluster's id; it stays with the data folder.</summary>
    public string ClusterId => _core.Folder.ClusterId;

    /// <summary>What goes wrong on purpose.</summary>
    public BrokerFaults Faults => _core.Options.Faults;

    /// <summary>Opens the data folder and listens; it serves when this returns.</summary>
    /// <param name="options">How it is set up.</param>
    /// <param name="logger">Null: nothing is logged.</param>
    /// <param name="time">Null: the system's clock.</param>
    /// <exception cref="IOException">The data folder is in use, or can't be read.</exception>
    /// <exception cref="Protocol.Records.InvalidBatchException">A log is damaged before its end, or of an old message format.</exception>
    /// <exception cref="SocketException">It can't listen there.</exception>
    /// <exception cref="ArgumentException">A topic to create at start is not valid.</exception>
    public static BrokerServer Start(BrokerOptions options, ILogger? logger = null, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        logger ??= NullLogger.Instance;
        var opened = new Stack<IDisposable>();
        try
        {
            var folder = Opened(new DataFolder(options.DataFolder));
            var topics = Opened(new TopicRegistry(folder, options.Configs, time, logger));
            foreach (var topic in options.Topics.Where(topic => topics.Find(topic.Name) is null))
            {
                if (topics.Create(topic.Name, topic.Partitions, topic.Configs) is { Message: { } wrong })
                    throw new ArgumentException(wrong, nameof(options));
            }

            var groups = Opened(new GroupCoordinator(folder, options.InitialRebalanceDelay, time));
            var transactions = Opened(new TransactionCoordinator(folder, topics, groups, time));
            var listener = Opened(new TcpListener(options.Listen));
            listener.Start(Backlog);
            var address = options.Listen.Address;
            var core = new BrokerCore(options, folder, topics, groups, transactions, time)
            {
                Host = options.AdvertisedHost ?? (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? "127.0.0.1" : address.ToString()),
                Port = ((IPEndPoint)listener.LocalEndpoint).Port,
            };
            var server = new BrokerServer(core, listener, logger, time);
            server._accepting = server.AcceptAsync();
            return server;
        }
        catch
        {
            foreach (var part in opened)
                part.Dispose();
            throw;
        }

        T Opened<T>(T part)
            where T : IDisposable
        {
            opened.Push(part);
            return part;
        }
    }

    /// <summary>Cuts the connections and brings everything to the disk.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
            return;
        _listener.Stop();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_connections.Keys).ConfigureAwait(false);
        _core.Transactions.Dispose();
        _core.Groups.Dispose();
        _core.Topics.Flush();
        _core.Topics.Dispose();
        _core.Folder.MarkStoppedCleanly();
        _core.Folder.Dispose();
        _listener.Dispose();
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task AcceptAsync()
    {
        var apis = new ApiTable(AllHandlers.For(_core), _core.Options.MaxVersions);
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException || _stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException)
            {
                continue;
            }

            socket.NoDelay = true;
            var running = Task.Run(() => new Connection(socket, apis, _core.Options, _time, _logger).RunAsync(_stopping.Token));
            _connections[running] = 0;
            _ = running.ContinueWith(done => _connections.TryRemove(done, out _), TaskScheduler.Default);
        }
    }
}
