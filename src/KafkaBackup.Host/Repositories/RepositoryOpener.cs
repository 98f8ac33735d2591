using KafkaBackup.Host.Configuration;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Host.Repositories;

/// <summary>Makes the store of a repository from its settings, or from an address.</summary>
/// <param name="settings">The settings.</param>
/// <param name="time">The clock.</param>
/// <param name="secret">The secret of the repository that this process was started for; null if the settings alone say.</param>
public sealed class RepositoryOpener(HostSettings settings, TimeProvider time, ISecretSource? secret = null) : IRepositoryOpener
{
    private const string FileScheme = "file:";

    /// <inheritdoc/>
    public IObjectStore Open(string name) => RepositoryProtection.Protect(OpenStored(name), settings.Repositories.GetValueOrDefault(name), secret, time);

    private IObjectStore OpenStored(string name)
    {
        var address = settings.Repositories.TryGetValue(name, out var known) ? known.Location! : name;
        if (!address.StartsWith(FileScheme, StringComparison.Ordinal))
        {
            throw new ConnectionNotFoundException(address.Contains(':')
                ? $"the repository '{address}' is of a kind that is not supported yet; file:PATH is"
                : $"there is no repository connection '{name}'; {HostConnections.Known("repositories", settings.Repositories.Keys)}, or give file:PATH");
        }

        var path = address[FileScheme.Length..];
        return path.Length > 0
            ? new FileSystemObjectStore(Path.GetFullPath(path))
            : throw new ConnectionNotFoundException("the repository 'file:' has no path: give file:PATH");
    }
}
