using Amazon.Runtime;
using Amazon.S3;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

[assembly: AssemblyFixture(typeof(KafkaBackup.Storage.S3.Tests.Ceph))]
[assembly: AssemblyFixture(typeof(KafkaBackup.Storage.S3.Tests.Swift))]

namespace KafkaBackup.Storage.S3.Tests;

/// <summary>One server for all tests of the project, started by the first that needs it; each test has a bucket of its own.</summary>
public abstract class S3Server : IAsyncDisposable
{
    private readonly TestFolder folder = new();
    private readonly Lazy<Task<(IAsyncDisposable Process, Uri Endpoint)>> server;
    private readonly (string Id, string Secret) keys;

    private protected S3Server((string Id, string Secret) keys, Func<string, Task<(IAsyncDisposable Process, Uri Endpoint)>> start)
    {
        this.keys = keys;
        server = new(() => start(folder["server"]));
    }

    /// <summary>Why there can be no server here; null if there can.</summary>
    protected abstract string? Missing { get; }

    /// <summary>Whether the tests' connections vouch for a single writer.</summary>
    protected abstract bool SingleWriter { get; }

    /// <summary>Makes an empty bucket, and the options that lead to it; skips the test where there can be no server.</summary>
    internal async Task<S3StoreOptions> NewBucketAsync()
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        var options = new S3StoreOptions
        {
            Bucket = $"test-{Guid.NewGuid():n}",
            ServiceUrl = (await server.Value).Endpoint.AbsoluteUri,
            AccessKeyId = keys.Id,
            SecretAccessKey = keys.Secret,
            SingleWriter = SingleWriter,
            PartBytes = 5 * 1024 * 1024,
        };
        using var client = Client(options);
        await client.PutBucketAsync(options.Bucket);
        return options;
    }

    /// <summary>A client that shares nothing with the store's.</summary>
    internal static AmazonS3Client Client(S3StoreOptions options) => new(
        new BasicAWSCredentials(options.AccessKeyId, options.SecretAccessKey),
        new AmazonS3Config
        {
            ServiceURL = options.ServiceUrl,
            ForcePathStyle = true,
            AuthenticationRegion = "us-east-1",
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });

    public async ValueTask DisposeAsync()
    {
        if (server.IsValueCreated)
            await (await server.Value).Process.DisposeAsync();
        folder.Dispose();
    }
}

/// <summary>Ceph's radosgw.</summary>
public sealed class Ceph() : S3Server((RadosGateway.AccessKey, RadosGateway.SecretKey), async folder =>
{
    var gateway = await RadosGateway.StartAsync(folder);
    return (gateway, gateway.Endpoint);
})
{
    protected override string? Missing => RadosGateway.IsHere ? null : RadosGateway.Missing;

    protected override bool SingleWriter => false;
}

/// <summary>OpenStack Swift.</summary>
public sealed class Swift() : S3Server((SwiftProcesses.AccessKey, SwiftProcesses.SecretKey), async folder =>
{
    var swift = await SwiftProcesses.StartAsync(folder);
    return (swift, swift.Endpoint);
})
{
    protected override string? Missing => SwiftProcesses.IsHere ? null : SwiftProcesses.Missing;

    protected override bool SingleWriter => true;
}
