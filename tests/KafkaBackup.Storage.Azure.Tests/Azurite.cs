using Azure.Storage.Blobs;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Storage.Azure.Tests;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

[assembly: AssemblyFixture(typeof(Azurite))]

namespace KafkaBackup.Storage.Azure.Tests;

/// <summary>One Azurite for all tests of the project; each test has a container of its own.</summary>
public sealed class Azurite : IAsyncDisposable
{
    private readonly TestFolder folder = new();
    private readonly Lazy<AzuriteProcess> process;

    public Azurite() => process = new Lazy<AzuriteProcess>(() => AzuriteProcess.Start(folder["azurite"]));

    /// <summary>The running Azurite; skips the test where there can be none.</summary>
    public AzuriteProcess Process
    {
        get
        {
            Assert.SkipUnless(AzuriteProcess.IsHere, AzuriteProcess.Missing);
            return process.Value;
        }
    }

    /// <summary>Makes an empty container.</summary>
    public BlobContainerClient NewContainer()
    {
        var container = new BlobContainerClient(Process.ConnectionString, $"test-{Guid.NewGuid():n}");
        container.Create();
        return container;
    }

    /// <summary>A client of a container, with small blocks, so that many are sent.</summary>
    public IObjectStore Open(string container, string prefix = "") => new AzureObjectStore(
        new AzureStoreOptions { Container = container, Prefix = prefix, ConnectionString = Process.ConnectionString, BlockBytes = 64 * 1024 }, Guid.NewGuid);

    public async ValueTask DisposeAsync()
    {
        if (process.IsValueCreated)
            await process.Value.DisposeAsync();
        folder.Dispose();
    }
}
