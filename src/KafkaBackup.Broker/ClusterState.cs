using KafkaBackup.Broker.Groups;
using KafkaBackup.Broker.Quotas;
using KafkaBackup.Broker.Security;
using KafkaBackup.Broker.State;
using KafkaBackup.Broker.Topics;
using KafkaBackup.Broker.Transactions;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker;

/// <summary>What the nodes of a cluster share: the data, and who of them does what.</summary>
internal sealed class ClusterState(
    BrokerOptions options, DataFolder folder, TopicRegistry topics, GroupCoordinator groups, TransactionCoordinator transactions, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();

    public BrokerOptions Options => options;

    public DataFolder Folder => folder;

    public TopicRegistry Topics => topics;

    public GroupCoordinator Groups => groups;

    public TransactionCoordinator Transactions => transactions;

    public TimeProvider Time => time;

    /// <summary>The access control entries, where an authorizer is configured.</summary>
    public AclStore? Acls { get; } = options.Configs.GetValueOrDefault("authorizer.class.name", "") == "" ? null : new AclStore(folder);

    /// <summary>Who enforces them; null: nobody does.</summary>
    public Authorizer? Authorizer => field ??= Authorizer.Of(Acls, options.Configs);

    /// <summary>What users and clients may send and read.</summary>
    public QuotaStore Quotas => Meter.Store;

    /// <summary>What they did.</summary>
    public QuotaMeter Meter { get; } = new(new QuotaStore(folder), time);

    /// <summary>Every node, running or not.</summary>
    public IReadOnlyList<BrokerNode> Nodes { get; set; } = [];

    /// <summary>The nodes that the cluster knows to run.</summary>
    public IReadOnlyList<BrokerNode> Registered => [.. Nodes.Where(node => node.IsRegistered)];

    /// <summary>The node that makes and deletes topics; -1: none.</summary>
    public int Controller => Nodes.FirstOrDefault(node => node.IsRegistered)?.Id ?? -1;

    public bool IsRegistered(int node) => Nodes.Any(n => n.Id == node && n.IsRegistered);

    /// <summary>The node that looks after a group or a transactional id: always the same one while that runs.</summary>
    public BrokerNode? CoordinatorOf(string key)
    {
        var hash = key.Aggregate(7u, (sum, letter) => (sum * 31) + letter);
        return Enumerable.Range(0, Nodes.Count).Select(i => Nodes[(int)((hash + i) % Nodes.Count)]).FirstOrDefault(node => node.IsRegistered);
    }

    /// <summary>Takes a node in: partitions that only it could lead get it as their leader.</summary>
    public void Join(BrokerNode node)
    {
        lock (_lock)
        {
            node.IsRegistered = true;
            Lead(log => log.Placement.Leader == Placement.NoLeader && log.Placement.Replicas.Contains(node.Id), _ => node.Id);
        }
    }

    /// <summary>Takes a node out: what it led gets the next replica that runs as its leader, or nobody.</summary>
    public void Leave(BrokerNode node)
    {
        lock (_lock)
        {
            node.IsRegistered = false;
            Lead(log => log.Placement.Leader == node.Id, log => log.Placement.Replicas.Where(IsRegistered).DefaultIfEmpty(Placement.NoLeader).First());
        }
    }

    /// <summary>Makes a replica the leader of a partition.</summary>
    public ErrorCode Move(string topic, int partition, int node)
    {
        lock (_lock)
        {
            if (topics.Find(topic, partition) is not { } log)
                return ErrorCode.UnknownTopicOrPartition;
            if (!log.Placement.Replicas.Contains(node))
                return ErrorCode.InvalidReplicaAssignment;
            if (!IsRegistered(node))
                return ErrorCode.BrokerNotAvailable;
            if (log.Placement.Leader == node)
                return ErrorCode.ElectionNotNeeded;
            Lead(candidate => candidate == log, _ => node);
            return ErrorCode.None;
        }
    }

    public void Dispose()
    {
        transactions.Dispose();
        groups.Dispose();
        topics.Flush();
        topics.Dispose();
        folder.MarkStoppedCleanly();
        folder.Dispose();
    }

    private void Lead(Func<Logs.PartitionLog, bool> which, Func<Logs.PartitionLog, int> leader)
    {
        var changed = topics.Partitions.Where(which).ToList();
        foreach (var log in changed)
            log.Lead(leader(log));
        if (changed.Count > 0)
            topics.SavePlacements();
    }
}
