using KafkaBackup.Host.Configuration;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Limited;
using KafkaBackup.Repository.Storage.Metered;
using KafkaBackup.Repository.Storage.Retrying;
using KafkaBackup.Storage.Azure;
using KafkaBackup.Storage.S3;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Host.Repositories;

/// <summary>Makes the store of a repository from its settings, or from an address: the place, every call counted and, where asked for, held to a rate, made again where
/// its failure may pass, and outermost encrypted.</summary>
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
        IObjectStore place = address.Kind switch
        {
            RepositoryAddress.Azure => OpenAzure(address, known?.Azure ?? settings.Azure),
            RepositoryAddress.S3 => OpenS3(address, known?.S3 ?? settings.S3),
            _ => new FileSystemObjectStore(Path.GetFullPath(address.Place)),
        };
        var metered = new MeteredObjectStore(place, time);
        var limited = known?.RateLimit is { } rate ? new RateLimitedObjectStore(metered, rate, time) : (IObjectStore)metered;
        return new RetryingObjectStore(limited, new RetryOptions(), time);
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

    private S3ObjectStore OpenS3(RepositoryAddress address, S3Settings? s3) => new(
        new S3StoreOptions
        {
            Bucket = address.Place,
            Prefix = address.Prefix,
            ServiceUrl = s3?.ServiceUrl,
            Region = s3?.Region,
            PathStyle = s3?.PathStyle,
            AccessKeyId = s3?.AccessKeyId,
            SecretAccessKey = s3?.SecretAccessKey,
            SessionToken = s3?.SessionToken,
            SingleWriter = s3?.SingleWriter ?? false,
        },
        identities.New);
}
