using KafkaBackup.Repository.Storage;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Tests.Support;

/// <summary>One repository and one cluster, whatever they are called; without a cluster, asking it fails.</summary>
internal sealed class FixedConnections(IObjectStore store, ClusterConnection? cluster = null) : IConnections
{
    public ClusterConnection Cluster(string name) => cluster ?? throw new NotSupportedException("the cluster was asked");

    public IObjectStore Repository(string name) => store;
}
