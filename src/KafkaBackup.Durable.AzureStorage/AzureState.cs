using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace KafkaBackup.Durable.AzureStorage;

/// <summary>The tables and the container of one state, and how their clients behave.</summary>
internal sealed class AzureState
{
    private const int Retries = 2; // Whoever waits for the store tries again for as long as it takes; it wants to know.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TablePatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BlobPatience = TimeSpan.FromSeconds(60);

    /// <param name="options">Where it is.</param>
    /// <param name="transport">How requests travel; null as usual.</param>
    /// <exception cref="ArgumentException">The options say too little, or the name can't be one.</exception>
    /// <exception cref="FormatException">The connection string is none.</exception>
    public AzureState(AzureStateOptions options, HttpPipelineTransport? transport = null)
    {
        if (!AzureStateOptions.IsName(options.Name))
            throw new ArgumentException($"'{options.Name}' can't name a state: 3 to 40 lower-case letters and digits, the first a letter.", nameof(options));
        var tables = Tables(options, Configure(new TableClientOptions(), TablePatience, transport));
        Histories = tables.GetTableClient($"{options.Name}histories");
        Index = tables.GetTableClient($"{options.Name}index");
        Hosts = tables.GetTableClient($"{options.Name}hosts");
        Payloads = Blobs(options, Configure(new BlobClientOptions(), BlobPatience, transport)).GetBlobContainerClient($"{options.Name}-payloads");
    }

    /// <summary>One partition an instance: its row and its history.</summary>
    public TableClient Histories { get; }

    /// <summary>Which instances there are, the newest first, and which of them live.</summary>
    public TableClient Index { get; }

    /// <summary>Which hosts work together.</summary>
    public TableClient Hosts { get; }

    /// <summary>Texts that are too large for a table.</summary>
    public BlobContainerClient Payloads { get; }

    /// <summary>Makes what is not there. An identity that may not make anything can use what is there.</summary>
    public async Task CreateAsync(CancellationToken cancellation)
    {
        foreach (var table in (TableClient[])[Histories, Index, Hosts])
        {
            await CreateAsync(
                () => table.CreateIfNotExistsAsync(cancellation),
                () => table.GetEntityIfExistsAsync<TableEntity>("-", "-", cancellationToken: cancellation)).ConfigureAwait(false);
        }

        await CreateAsync(
            () => Payloads.CreateIfNotExistsAsync(cancellationToken: cancellation),
            () => Payloads.GetBlobClient("-").ExistsAsync(cancellation)).ConfigureAwait(false);
    }

    /// <summary>Turns what the clients throw into <see cref="AzureStateException"/>.</summary>
    public async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception failure) when (AzureStateException.IsOne(failure))
        {
            throw AzureStateException.Of(Histories.Uri, failure);
        }
    }

    private static async Task CreateAsync(Func<Task> create, Func<Task> look)
    {
        try
        {
            await create().ConfigureAwait(false);
        }
        catch (RequestFailedException refused) when (refused.Status == 403)
        {
            await look().ConfigureAwait(false);
        }
    }

    private static TableServiceClient Tables(AzureStateOptions options, TableClientOptions client) => options switch
    {
        { ConnectionString: { } text } => new(text, client),
        { TableEndpoint: { } endpoint, SharedAccessSignature: { } signature } => new(endpoint, new AzureSasCredential(signature), client),
        { TableEndpoint: { } endpoint, WithIdentity: true } => new(endpoint, new DefaultAzureCredential(), client),
        _ => throw new ArgumentException("A connection string is needed, or endpoints of tables and blobs with a shared access signature or an identity.", nameof(options)),
    };

    private static BlobServiceClient Blobs(AzureStateOptions options, BlobClientOptions client) => options switch
    {
        { ConnectionString: { } text } => new(text, client),
        { BlobEndpoint: { } endpoint, SharedAccessSignature: { } signature } => new(endpoint, new AzureSasCredential(signature), client),
        { BlobEndpoint: { } endpoint, WithIdentity: true } => new(endpoint, new DefaultAzureCredential(), client),
        _ => throw new ArgumentException("The endpoint of the blobs is missing.", nameof(options)),
    };

    private static T Configure<T>(T options, TimeSpan patience, HttpPipelineTransport? transport)
        where T : ClientOptions
    {
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = Retries;
        options.Retry.Delay = FirstPause;
        options.Retry.MaxDelay = LongestPause;
        options.Retry.NetworkTimeout = patience;
        options.Diagnostics.IsTelemetryEnabled = false;
        options.Diagnostics.IsLoggingEnabled = false;
        if (transport is not null)
            options.Transport = transport;
        return options;
    }
}
