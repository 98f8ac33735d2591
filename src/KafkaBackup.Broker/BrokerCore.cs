using KafkaBackup.Broker.Groups;
using KafkaBackup.Broker.Quotas;
using KafkaBackup.Broker.Security;
using KafkaBackup.Broker.State;
using KafkaBackup.Broker.Topics;
using KafkaBackup.Broker.Transactions;

namespace KafkaBackup.Broker;

/// <summary>What the handlers of one node work on.</summary>
internal sealed class BrokerCore(ClusterState cluster, BrokerNode node)
{
    public ClusterState Cluster => cluster;

    public int NodeId => node.Id;

    public BrokerOptions Options => cluster.Options;

    public DataFolder Folder => cluster.Folder;

    public TopicRegistry Topics => cluster.Topics;

    public GroupCoordinator Groups => cluster.Groups;

    public TransactionCoordinator Transactions => cluster.Transactions;

    /// <summary>Null: no `authorizer.class.name` is set, and the cluster knows no access control.</summary>
    public AclStore? Acls => cluster.Acls;

    public QuotaStore Quotas => cluster.Quotas;

    /// <summary>Null: everybody may do everything.</summary>
    public Authorizer? Authorizer => cluster.Authorizer;

    public TimeProvider Time => cluster.Time;

    public bool IsController => cluster.Controller == node.Id;

    public bool AutoCreateTopics => Setting("auto.create.topics.enable", "true") == "true";

    /// <summary>How many partitions a topic gets where nobody says.</summary>
    public int DefaultPartitions => int.Parse(Setting("num.partitions", "1"));

    /// <summary>On how many nodes a partition lies where nobody says.</summary>
    public int DefaultReplicas => int.Parse(Setting("default.replication.factor", "1"));

    /// <summary>Whether this node looks after a group or a transactional id.</summary>
    public bool Coordinates(string key) => cluster.CoordinatorOf(key)?.Id == node.Id;

    private string Setting(string name, string otherwise) => Options.Configs.GetValueOrDefault(name, otherwise);
}
