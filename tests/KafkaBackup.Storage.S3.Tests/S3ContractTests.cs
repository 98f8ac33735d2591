using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Faults;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Storage.S3.Tests;

/// <summary>What every store has to do, on a server that speaks S3.</summary>
public abstract class S3Contract(S3Server server, string prefix) : ObjectStoreContract, IAsyncLifetime
{
    private const int Clients = 9;
    private readonly List<S3ObjectStore> opened = [];
    private int asked;
    private S3StoreOptions options = null!;
    private IObjectStore? store;

    protected override IObjectStore Store => store ??= OpenAgain();

    /// <summary>Three parts.</summary>
    protected override int LargeBytes => 11 * 1024 * 1024;

    public async ValueTask InitializeAsync() => options = Reach(await server.NewBucketAsync() with { Prefix = prefix });

    public virtual ValueTask DisposeAsync()
    {
        opened.ForEach(client => client.Dispose());
        return ValueTask.CompletedTask;
    }

    /// <summary>How the bucket is reached.</summary>
    private protected virtual S3StoreOptions Reach(S3StoreOptions bucket) => bucket;

    protected sealed override IObjectStore OpenAgain() => Open();

    private protected S3ObjectStore Open()
    {
        // Each client asks the server first what it can do: enough of them for all that race, and no more.
        lock (opened)
        {
            if (opened.Count < Clients)
                opened.Add(new S3ObjectStore(options, Guid.NewGuid));
            return opened[asked++ % opened.Count];
        }
    }
}

/// <summary>On Ceph's radosgw.</summary>
public sealed class CephContractTests(Ceph ceph) : S3Contract(ceph, "");

/// <summary>
/// On a server that creates an object only where there is none, from parts as well, as Amazon's does: radosgw behind a proxy that looks first. (It looks before it passes on: of
/// two at once both would find nothing, so that they come one after the other.)
/// </summary>
public sealed class ConditionalContractTests(Ceph ceph) : S3Contract(ceph, "backups")
{
    private FaultProxy? proxy;

    protected override bool HasConditionalCreation => false;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (proxy is not null)
            await proxy.DisposeAsync();
    }

    [Fact]
    public async Task It_is_found_out_and_nothing_is_claimed()
    {
        var store = Open();
        Assert.Equal(S3Guarantee.Conditional, await store.GuaranteeAsync(default));
        await using var upload = await store.BeginUploadAsync("a");
        await upload.WriteAsync(new byte[LargeBytes]);
        Assert.Equal(CreateOutcome.Created, await upload.CommitAsync());
        await store.DeleteAsync("a");
        await Assert.ThrowsAsync<RepositoryUnavailableException>(() => store.ReadAsync("~claims/a", default));
    }

    private protected override S3StoreOptions Reach(S3StoreOptions bucket)
    {
        proxy = new FaultProxy(new Uri(bucket.ServiceUrl!).Port, request =>
            request.Method == "POST" && request.Target.Contains("uploadId=", StringComparison.Ordinal) && IsThere(bucket, request.Target) ? new Fault.Answer(412) : Fault.None);
        return bucket with { ServiceUrl = $"http://127.0.0.1:{proxy.Port}" };
    }

    private static bool IsThere(S3StoreOptions bucket, string target)
    {
        var key = Uri.UnescapeDataString(target[(bucket.Bucket.Length + 2)..target.IndexOf('?')]);
        using var client = S3Server.Client(bucket);
        return (client.ListObjectsV2Async(new() { BucketName = bucket.Bucket, Prefix = key }).GetAwaiter().GetResult().S3Objects ?? []).Exists(found => found.Key == key);
    }
}

/// <summary>On OpenStack Swift, which a single writer uses.</summary>
public sealed class SwiftContractTests(Swift swift) : S3Contract(swift, "backups/kafka")
{
    protected override bool HasConditionalCreation => false;
}
