using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

[assembly: AssemblyFixture(typeof(KafkaBackup.Durable.AzureStorage.Tests.Support.SharedAzurite))]

namespace KafkaBackup.Durable.AzureStorage.Tests.Support;

/// <summary>One Azurite for all tests that do not stop it; each uses a state of its own name.</summary>
public sealed class SharedAzurite : IAsyncDisposable
{
    private static int states;
    private readonly TestFolder folder = new();
    private readonly Lazy<AzuriteProcess> azurite;

    public SharedAzurite() => azurite = new(() => AzuriteProcess.Start(folder.Path));

    /// <summary>The process; the test is skipped on a machine that can't have it.</summary>
    public AzuriteProcess Process
    {
        get
        {
            Assert.SkipUnless(AzuriteProcess.IsHere, AzuriteProcess.Missing);
            return azurite.Value;
        }
    }

    /// <summary>A state that nobody else has.</summary>
    public AzureStateOptions NewState() => new() { Name = $"test{Interlocked.Increment(ref states)}", ConnectionString = Process.ConnectionString };

    public async ValueTask DisposeAsync()
    {
        if (azurite.IsValueCreated)
            await azurite.Value.DisposeAsync();
        folder.Dispose();
    }
}
