using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Workflows.Connections;

/// <summary>Reaches the stores that repositories lie in. Which kinds of store there are, and with which credentials they are reached, is the host's affair.</summary>
public interface IRepositoryOpener
{
    /// <summary>The store of a repository: a named connection, or <c>KIND:PLACE</c> as it stands. Nothing is sent to it yet.</summary>
    /// <exception cref="ConnectionNotFoundException">There is no such connection, and it is no address.</exception>
    IObjectStore Open(string name);
}
