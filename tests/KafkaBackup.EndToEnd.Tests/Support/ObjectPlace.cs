using System.Text.Json;
using Amazon.Runtime;
using Amazon.S3;
using Azure.Storage.Blobs;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

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

/// <summary>Azurite, for the tests of a class.</summary>
public sealed class AzuritePlaces : IAsyncDisposable
{
    private readonly TestFolder folder = new();
    private AzuriteProcess? process;

    internal AzuriteProcess Process
    {
        get
        {
            Assert.SkipUnless(AzuriteProcess.IsHere, AzuriteProcess.Missing);
            return process ??= AzuriteProcess.Start(folder["azurite"]);
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
        if (process is not null)
            await process.DisposeAsync();
        folder.Dispose();
    }
}

/// <summary>Ceph's radosgw, for the tests of a class.</summary>
public sealed class CephPlaces : IAsyncDisposable
{
    private readonly TestFolder folder = new();
    private RadosGateway? gateway;

    internal async Task<ObjectPlace> NewAsync()
    {
        Assert.SkipUnless(RadosGateway.IsHere, RadosGateway.Missing);
        gateway ??= await RadosGateway.StartAsync(folder["ceph"]);
        using var client = new AmazonS3Client(
            new BasicAWSCredentials(RadosGateway.AccessKey, RadosGateway.SecretKey),
            new AmazonS3Config { ServiceURL = gateway.Endpoint.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        var bucket = $"e2e-{Guid.NewGuid():n}";
        await client.PutBucketAsync(bucket);
        return new ObjectPlace(
            $"s3:{bucket}/kafka",
            new Dictionary<string, string> { ["S3:ServiceUrl"] = gateway.Endpoint.AbsoluteUri, ["S3:AccessKeyId"] = RadosGateway.AccessKey, ["S3:SecretAccessKey"] = RadosGateway.SecretKey },
            RadosGateway.SecretKey, () => throw new NotSupportedException())
        {
            Port = gateway.Endpoint.Port,
            Through = port => ("S3:ServiceUrl", $"http://127.0.0.1:{port}"),
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (gateway is not null)
            await gateway.DisposeAsync();
        folder.Dispose();
    }
}
