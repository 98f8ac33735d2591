using KafkaBackup.Host.Configuration;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Storage.Azure;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Host.Repositories;

/// <summary>Makes the store of a repository from its settings, or from an address.</summary>
/// <param name="settings">The settings.</param>
/// <param name="time">The clock.</param>
/// <param name="identities">Gives ids that are given once.</param>
/// <param name="secret">The secret of the repository that this process was started for; null if the settings alone say.</param>
public sealed class RepositoryOpener(HostSettings settings, TimeProvider time, IIdentitySource identities, ISecretSource? secret = null) : IRepositoryOpener
{
    /// <inheritdoc/>
    /// <exception cref="RepositoryConnectionException">What the settings say of it makes no connection.</exception>
    public IObjectStore Open(string name)
    {
        var known = settings.Repositories.GetValueOrDefault(name);
        return RepositoryProtection.Protect(OpenStored(name, known), known, secret, time);
    }

    private IObjectStore OpenStored(string name, RepositorySettings? known)
    {
        if (known is null && !name.Contains(':'))
            throw new ConnectionNotFoundException($"there is no repository connection '{name}'; {HostConnections.Known("repositories", settings.Repositories.Keys)}, or give {RepositoryAddress.Forms}");
        var address = RepositoryAddress.Parse(known?.Location ?? name);
        return address.Kind == RepositoryAddress.Azure ? OpenAzure(address, known?.Azure ?? settings.Azure) : new FileSystemObjectStore(Path.GetFullPath(address.Place));
    }

    private AzureObjectStore OpenAzure(RepositoryAddress address, AzureSettings? azure) => new(
        new AzureStoreOptions
        {
            Container = address.Place,
            Prefix = address.Prefix,
            ConnectionString = azure?.ConnectionString,
            SasUrl = azure?.SasUrl,
            AccountUrl = azure?.AccountUrl,
        },
        identities.New);
}
