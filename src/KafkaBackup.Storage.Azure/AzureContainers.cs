using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Blobs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Storage.Azure;

/// <summary>Makes the client of a container. Nothing is sent. No message repeats what a setting says: it may be the secret.</summary>
internal static class AzureContainers
{
    /// <summary>One pool of connections for all stores of the process.</summary>
    private static readonly HttpClientTransport Transport = new(new HttpClient(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        AllowAutoRedirect = false,
    }) { Timeout = Timeout.InfiniteTimeSpan });

    /// <exception cref="RepositoryConnectionException">The settings make no connection.</exception>
    public static BlobContainerClient Client(AzureStoreOptions options)
    {
        var location = $"azure:{options.Container}";
        if (!IsContainerName(options.Container))
            throw new RepositoryConnectionException(location, "that is no container's name", "give 3 to 63 lower-case letters, digits and single hyphens");
        var client = new BlobClientOptions { Transport = Transport };
        // Calls are made again around the port, where they are counted and bounded.
        client.Retry.MaxRetries = 0;
        client.Retry.NetworkTimeout = options.Patience;
        client.Diagnostics.IsTelemetryEnabled = false;
        return options switch
        {
            { ConnectionString: { Length: > 0 } text } => OfConnectionString(location, text, options.Container, client),
            { SasUrl: { Length: > 0 } url } => OfSas(location, url, options.Container, client),
            { AccountUrl: { Length: > 0 } url } => OfIdentity(location, url, options.Container, client),
            _ => throw new RepositoryConnectionException(
                location, "it is not said how to reach the account",
                "set KafkaBackup:Azure:ConnectionString (or AZURE_STORAGE_CONNECTION_STRING), KafkaBackup:Azure:SasUrl or KafkaBackup:Azure:AccountUrl, or those of a named connection"),
        };
    }

    private static BlobContainerClient OfConnectionString(string location, string text, string container, BlobClientOptions client)
    {
        try
        {
            return new BlobContainerClient(text, container, client);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new RepositoryConnectionException(location, "the connection string is no such thing", "copy it from the storage account's access keys: AccountName=...;AccountKey=...");
        }
    }

    private static BlobContainerClient OfSas(string location, string url, string container, BlobClientOptions client)
    {
        var uri = new BlobUriBuilder(Absolute(location, nameof(AzureStoreOptions.SasUrl), url), trimBlobNameSlashes: false);
        if (uri.Sas is null)
            throw new RepositoryConnectionException(location, "the SAS URL has no signature", "give the URL of the account or of the container with its ?sv=...&sig=...");
        if (uri.BlobContainerName is { Length: > 0 } other && other != container)
            throw new RepositoryConnectionException(location, "the SAS URL is of another container", $"give the one of the account, or of the container {container}");
        uri.BlobContainerName = container;
        uri.BlobName = "";
        return new BlobContainerClient(uri.ToUri(), client);
    }

    private static BlobContainerClient OfIdentity(string location, string url, string container, BlobClientOptions client)
    {
        var uri = new BlobUriBuilder(Absolute(location, nameof(AzureStoreOptions.AccountUrl), url), trimBlobNameSlashes: false);
        if (uri.Scheme != Uri.UriSchemeHttps)
            throw new RepositoryConnectionException(location, "identities are sent over https only", "give AccountUrl as https://ACCOUNT.blob.core.windows.net");
        if (uri.Query.Length > 0 || uri.Sas is not null)
            throw new RepositoryConnectionException(location, "AccountUrl has a query", "give it as https://ACCOUNT.blob.core.windows.net; one with a signature is a SasUrl");
        if (uri.BlobContainerName is { Length: > 0 })
            throw new RepositoryConnectionException(location, "AccountUrl names more than the account", $"give it as https://ACCOUNT.blob.core.windows.net; the container is said by azure:{container}");
        uri.BlobContainerName = container;
        return new BlobContainerClient(uri.ToUri(), new DefaultAzureCredential(), client);
    }

    private static Uri Absolute(string location, string key, string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) ? uri
            : throw new RepositoryConnectionException(location, $"{key} is no URL", "give it as https://ACCOUNT.blob.core.windows.net");

    /// <summary>Source: "Naming and referencing containers, blobs, and metadata", Azure Storage REST API.</summary>
    private static bool IsContainerName(string name) =>
        name.Length is >= 3 and <= 63 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        && name[0] != '-' && name[^1] != '-' && !name.Contains("--", StringComparison.Ordinal);
}
