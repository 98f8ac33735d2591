using KafkaBackup.Repository;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Retrying;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Faults;
using KafkaBackup.Testing.Processes;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Storage.Azure.Tests;

/// <summary>The network and the service at their worst: busy, failing, silent, answers lost, bytes cut off.</summary>
public sealed class AzureFaultTests(Azurite azurite)
{
    private const int BlockBytes = 64 * 1024;

    [Theory]
    [InlineData("500")]
    [InlineData("503")]
    [InlineData("429")]
    [InlineData("answer lost")]
    [InlineData("request cut")]
    [InlineData("answer cut")]
    [InlineData("silence")]
    public Task A_fault_at_any_request_changes_nothing(string kind) =>
        new StoreUnderFaults(4 * BlockBytes).StrikeEachAsync("Azure", [kind], azurite.Process.BlobPort, port => Task.FromResult(Open(port)), TestSize.Of(3, 1));

    [Fact]
    public async Task A_service_that_stays_busy_is_given_up_after_the_retries()
    {
        await using var proxy = new FaultProxy(azurite.Process.BlobPort, _ => new Fault.Answer(503));
        var store = new RetryingObjectStore(Open(proxy.Port), new RetryOptions { RetriesOfFirstContact = 2, Delay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);

        var error = await Assert.ThrowsAsync<RepositoryUnavailableException>(() => store.GetLengthAsync("a"));

        Assert.Equal(3, proxy.Requests);
        Assert.Contains("the service is busy or failing (503)", error.Message);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(501)]
    public async Task What_will_not_pass_is_not_tried_again(int status)
    {
        await using var proxy = new FaultProxy(azurite.Process.BlobPort, _ => new Fault.Answer(status));

        await Assert.ThrowsAnyAsync<RepositoryException>(() => new RetryingObjectStore(Open(proxy.Port), StoreUnderFaults.Impatient, TimeProvider.System).GetLengthAsync("a"));

        Assert.Equal(1, proxy.Requests);
    }

    [Fact]
    public async Task How_long_the_service_asks_to_be_left_alone_is_known()
    {
        await using var proxy = new FaultProxy(azurite.Process.BlobPort, _ => new Fault.Answer(503, "Retry-After: 7"));

        var error = await Assert.ThrowsAsync<RepositoryUnavailableException>(() => Open(proxy.Port).GetLengthAsync("a"));

        Assert.Equal((true, TimeSpan.FromSeconds(7)), (error.IsTransient, error.RetryAfter));
    }

    [Fact]
    public async Task A_cancelled_call_is_cancelled_and_not_a_fault_of_the_service()
    {
        using var cancel = new CancellationTokenSource();
        await using var proxy = new FaultProxy(azurite.Process.BlobPort, _ =>
        {
            cancel.CancelAfter(50);
            return new Fault.Silence();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Open(proxy.Port).GetLengthAsync("a", cancel.Token));
    }

    /// <summary>A new container behind a proxy.</summary>
    private IObjectStore Open(int port) => new AzureObjectStore(
        new AzureStoreOptions
        {
            Container = azurite.NewContainer().Name,
            ConnectionString = AzuriteProcess.ConnectionStringFor(port, azurite.Process.TablePort),
            BlockBytes = BlockBytes,
            Patience = TimeSpan.FromSeconds(1),
        },
        Guid.NewGuid);
}
