using System.Net;
using System.Net.Sockets;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Broker.Groups;
using KafkaBackup.Broker.Logs;
using KafkaBackup.Broker.Security;
using KafkaBackup.Broker.State;
using KafkaBackup.Broker.Topics;
using KafkaBackup.Broker.Transactions;
using KafkaBackup.Protocol.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBackup.Broker;

/// <summary>
/// A Kafka cluster for development and tests: one node or several in this process, on one folder; nothing is copied between them and
/// nothing fsynced before a clean stop. It serves log folders that a real broker wrote, and real clients can't tell it from one in what it
/// does speak.
/// </summary>
public sealed class BrokerServer : IAsyncDisposable
{
    private readonly ClusterState _cluster;
    private readonly LogCare _care;
    private int _stopped;

    private BrokerServer(ClusterState cluster, LogCare care) => (_cluster, _care) = (cluster, care);

    /// <summary>The nodes, by id; there is at least one.</summary>
    public IReadOnlyList<BrokerNode> Nodes => _cluster.Nodes;

    /// <summary>The first node's host.</summary>
    public string Host => Nodes[0].Host;

    /// <summary>The first node's port, also where <see cref="BrokerOptions.Listen"/> left it open.</summary>
    public int Port => Nodes[0].Port;

    /// <summary>HOST:PORT of every node, as clients want it.</summary>
    public string BootstrapServers => string.Join(',', Nodes.Select(node => $"{node.Host}:{node.Port}"));

    /// <summary>The cluster's id; it stays with the data folder.</summary>
    public string ClusterId => _cluster.Folder.ClusterId;

    /// <summary>What goes wrong on purpose, on every node.</summary>
    public BrokerFaults Faults => _cluster.Options.Faults;

    /// <summary>Opens the data folder and listens; it serves when this returns.</summary>
    /// <param name="options">How it is set up.</param>
    /// <param name="logger">Null: nothing is logged.</param>
    /// <param name="time">Null: the system's clock.</param>
    /// <exception cref="IOException">The data folder is in use, or can't be read.</exception>
    /// <exception cref="Protocol.Records.InvalidBatchException">A log is damaged before its end.</exception>
    /// <exception cref="SocketException">It can't listen there.</exception>
    /// <exception cref="ArgumentException">A topic to create at start is not valid, or the listeners' security is not.</exception>
    public static BrokerServer Start(BrokerOptions options, ILogger? logger = null, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        logger ??= NullLogger.Instance;
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Nodes, 1);
        var opened = new Stack<IDisposable>();
        var nodes = new List<BrokerNode>();
        try
        {
            var security = new ListenerSecurity(options.Security, options.Configs, time);
            int[] ids = [.. Enumerable.Range(options.NodeId, options.Nodes)];
            var folder = Opened(new DataFolder(options.DataFolder));
            var topics = Opened(new TopicRegistry(folder, options.Configs, ids, time, logger));
            foreach (var topic in options.Topics.Where(topic => topics.Find(topic.Name) is null))
            {
                var replicas = topic.Replicas ?? int.Parse(options.Configs.GetValueOrDefault("default.replication.factor", "1"));
                if (topics.Create(topic.Name, new NewPlacement(topic.Partitions, replicas), topic.Configs, ids) is { Message: { } wrong })
                    throw new ArgumentException(wrong, nameof(options));
            }

            var groups = Opened(new GroupCoordinator(folder, options.InitialRebalanceDelay, time));
            var transactions = Opened(new TransactionCoordinator(folder, topics, groups, time));
            var cluster = new ClusterState(options, folder, topics, groups, transactions, time);
            foreach (var id in ids)
            {
                var port = options.Listen.Port == 0 ? 0 : options.Listen.Port + id - options.NodeId;
                nodes.Add(new BrokerNode(cluster, id, new IPEndPoint(options.Listen.Address, port), security, logger));
                nodes[^1].Listen();
            }

            var care = new LogCare(topics, options.Configs, time, logger);
            cluster.Nodes = nodes;
            foreach (var node in nodes)
                node.IsRegistered = true;
            foreach (var node in nodes)
                node.Serve();
            return new BrokerServer(cluster, care);
        }
        catch
        {
            foreach (var node in nodes)
                node.Abandon();
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

    /// <summary>Makes a node the leader of a partition, under the next leader epoch.</summary>
    /// <exception cref="ArgumentException">There is no such partition, it does not lie on that node, or the node does not run.</exception>
    public void MoveLeader(string topic, int partition, int node)
    {
        if (_cluster.Move(topic, partition, node) is var error and not (ErrorCode.None or ErrorCode.ElectionNotNeeded))
            throw new ArgumentException($"node {node} can't lead {topic}-{partition}: {error}");
    }

    /// <summary>The node that leads a partition; -1: none.</summary>
    /// <exception cref="ArgumentException">There is no such partition.</exception>
    public int LeaderOf(string topic, int partition) =>
        _cluster.Topics.Find(topic, partition)?.Placement.Leader ?? throw new ArgumentException($"there is no {topic}-{partition}");

    /// <summary>The node that looks after a consumer group or a transactional id; -1: none.</summary>
    public int CoordinatorOf(string id) => _cluster.CoordinatorOf(id)?.Id ?? -1;

    /// <summary>
    /// Does at once what the broker does every `log.retention.check.interval.ms`: deletes what retention.ms and retention.bytes have done with.
    /// </summary>
    public void ApplyRetention() => _care.ApplyRetention();

    /// <summary>Does at once what the broker does every `log.cleaner.backoff.ms`: compacts the logs that are due for it.</summary>
    public void ApplyCompaction() => _care.ApplyCompaction();

    /// <summary>Cuts the connections and brings everything to the disk. Leaders stay who they are.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
            return;
        foreach (var node in Nodes)
            await node.CutAsync().ConfigureAwait(false);
        await _care.DisposeAsync().ConfigureAwait(false);
        _cluster.Dispose();
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);
}
