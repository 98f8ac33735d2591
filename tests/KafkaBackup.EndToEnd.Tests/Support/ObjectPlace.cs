using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.S3;
using Azure.Storage.Blobs;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

[assembly: AssemblyFixture(typeof(KafkaBackup.EndToEnd.Tests.Support.AzuritePlaces))]
[assembly: AssemblyFixture(typeof(KafkaBackup.EndToEnd.Tests.Support.CephPlaces))]
[assembly: AssemblyFixture(typeof(KafkaBackup.EndToEnd.Tests.Support.SwiftPlaces))]

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>A container or bucket on a server of the tests' own, and the settings that lead to it.</summary>
/// <param name="Address">As <c>--repository</c> takes it.</param>
/// <param name="Settings">Of the section KafkaBackup.</param>
/// <param name="Secret">What must stand in no output.</param>
/// <param name="StoredBytes">Bytes of the objects that are there now.</param>
internal sealed record ObjectPlace(string Address, IReadOnlyDictionary<string, string> Settings, string Secret, Func<long> StoredBytes)
{
    /// <summary>The server's port on the loopback.</summary>
    public int Port { get; init; }

    /// <summary>The setting that leads to the server, for a proxy's port.</summary>
    public Func<int, (string Key, string Value)> Through { get; init; } = _ => throw new NotSupportedException();

    /// <summary>Lays the settings into a folder, where the command line finds them.</summary>
    public ObjectPlace WriteTo(string folder)
    {
        var values = Settings.ToDictionary(setting => $"KafkaBackup:{setting.Key}", setting => setting.Value);
        File.WriteAllText(Path.Combine(folder, "local.settings.json"), JsonSerializer.Serialize(new { IsEncrypted = false, Values = values }));
        return this;
    }

    /// <summary>The same place with other settings.</summary>
    public ObjectPlace With(params (string Key, string Value)[] changes)
    {
        var settings = Settings.ToDictionary();
        foreach (var (key, value) in changes)
            settings[key] = value;
        return this with { Settings = settings };
    }
}

/// <summary>Azurite, for all tests, started by the first that needs it.</summary>
public sealed class AzuritePlaces : IAsyncDisposable
{
    private readonly TestFolder folder = new();
    private readonly Lazy<AzuriteProcess> process;

    public AzuritePlaces() => process = new(() => AzuriteProcess.Start(folder["azurite"]));

    internal AzuriteProcess Process
    {
        get
        {
            Assert.SkipUnless(AzuriteProcess.IsHere, AzuriteProcess.Missing);
            return process.Value;
        }
    }

    internal ObjectPlace New()
    {
        var container = new BlobContainerClient(Process.ConnectionString, $"e2e-{Guid.NewGuid():n}");
        container.Create();
        var key = Process.ConnectionString.Split(';').Single(part => part.StartsWith("AccountKey=", StringComparison.Ordinal))["AccountKey=".Length..];
        return new ObjectPlace(
            $"azure:{container.Name}/kafka", new Dictionary<string, string> { ["Azure:ConnectionString"] = Process.ConnectionString }, key,
            () => container.GetBlobs().Sum(blob => blob.Properties.ContentLength ?? 0))
        {
            Port = Process.BlobPort,
            Through = port => ("Azure:ConnectionString", AzuriteProcess.ConnectionStringFor(port, Process.TablePort)),
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (process.IsValueCreated)
            await process.Value.DisposeAsync();
        folder.Dispose();
    }
}

/// <summary>A server that speaks S3, for all tests, started by the first that needs it.</summary>
public abstract class S3Places : IAsyncDisposable
{
    private readonly TestFolder folder = new();
    private readonly (string Id, string Secret) keys;
    private readonly Lazy<Task<(IAsyncDisposable Process, Uri Endpoint)>> server;

    private protected S3Places((string Id, string Secret) keys, Func<string, Task<(IAsyncDisposable Process, Uri Endpoint)>> start)
    {
        this.keys = keys;
        server = new(() => start(folder["server"]));
    }

    /// <summary>Why it can't be here; null if it is.</summary>
    internal abstract string? Missing { get; }

    /// <summary>Whether it takes a declaration that there is one writer.</summary>
    private protected virtual bool SingleWriter => false;

    internal async Task<ObjectPlace> NewAsync()
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        var endpoint = (await server.Value).Endpoint;
        using var client = new AmazonS3Client(
            new BasicAWSCredentials(keys.Id, keys.Secret),
            new AmazonS3Config { ServiceURL = endpoint.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        var bucket = $"e2e-{Guid.NewGuid():n}";
        await MakeAsync(client, bucket);
        var settings = new Dictionary<string, string> { ["S3:ServiceUrl"] = endpoint.AbsoluteUri, ["S3:AccessKeyId"] = keys.Id, ["S3:SecretAccessKey"] = keys.Secret };
        if (SingleWriter)
            settings["S3:SingleWriter"] = "true";
        return new ObjectPlace($"s3:{bucket}/kafka", settings, keys.Secret, () => throw new NotSupportedException())
        {
            Port = endpoint.Port,
            Through = port => ("S3:ServiceUrl", $"http://127.0.0.1:{port}"),
        };
    }

    /// <summary>The server answers before all behind it do.</summary>
    private static async Task MakeAsync(AmazonS3Client client, string bucket)
    {
        for (var until = Environment.TickCount64 + 60_000; ; await Task.Delay(200))
        {
            try
            {
                await client.PutBucketAsync(bucket);
                return;
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.ServiceUnavailable && Environment.TickCount64 < until)
            {
                continue;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (server.IsValueCreated)
            await (await server.Value).Process.DisposeAsync();
        folder.Dispose();
    }
}

/// <summary>Ceph's radosgw.</summary>
public sealed class CephPlaces() : S3Places((RadosGateway.AccessKey, RadosGateway.SecretKey), async folder =>
{
    var gateway = await RadosGateway.StartAsync(folder);
    return (gateway, gateway.Endpoint);
})
{
    internal override string? Missing => RadosGateway.IsHere ? null : RadosGateway.Missing;
}

/// <summary>OpenStack Swift.</summary>
public sealed class SwiftPlaces() : S3Places((SwiftProcesses.AccessKey, SwiftProcesses.SecretKey), async folder =>
{
    var swift = await SwiftProcesses.StartAsync(folder);
    return (swift, swift.Endpoint);
})
{
    internal override string? Missing => SwiftProcesses.IsHere ? null : SwiftProcesses.Missing;

    private protected override bool SingleWriter => true;
}
