using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Workflows.Connections;

/// <summary>
/// Resolves what a workflow's input names. An input holds a name, never a secret: each host knows for itself how to reach what is named.
/// </summary>
public interface IConnections
{
    /// <summary>A cluster: a named connection, or HOST:PORT[,...] as it stands.</summary>
    /// <exception cref="ConnectionNotFoundException">There is no such connection, and it is no address.</exception>
    ClusterConnection Cluster(string name);

    /// <summary>A repository: a named connection, or <c>KIND:PLACE</c> as it stands.</summary>
    /// <exception cref="ConnectionNotFoundException">There is no such connection, and it is no address.</exception>
    IObjectStore Repository(string name);
}

/// <summary>An input names a connection that this host does not know.</summary>
public sealed class ConnectionNotFoundException(string message) : Exception(message);
