using KafkaBackup.Repository.Storage;
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

    public async ValueTask InitializeAsync() => options = await server.NewBucketAsync() with { Prefix = prefix };

    public ValueTask DisposeAsync()
    {
        opened.ForEach(client => client.Dispose());
        return ValueTask.CompletedTask;
    }

    protected override IObjectStore OpenAgain()
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

/// <summary>On Ceph's radosgw, below a prefix.</summary>
public sealed class CephPrefixContractTests(Ceph ceph) : S3Contract(ceph, "backups/kafka");

/// <summary>On OpenStack Swift, which a single writer uses.</summary>
public sealed class SwiftContractTests(Swift swift) : S3Contract(swift, "backups/kafka")
{
    protected override bool HasConditionalCreation => false;
}
