using KafkaBackup.Repository;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Retrying;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Faults;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Storage.S3.Tests;

/// <summary>The network and the service at their worst: busy, failing, silent, answers lost, bytes cut off.</summary>
public sealed class S3FaultTests(Ceph ceph)
{
    private const int PartBytes = 64 * 1024;

    [Theory]
    [InlineData("500")]
    [InlineData("503")]
    [InlineData("429")]
    [InlineData("answer lost")]
    [InlineData("request cut")]
    [InlineData("answer cut")]
    [InlineData("silence")]
    public async Task A_fault_at_any_request_changes_nothing(string kind)
    {
        var stores = new List<S3ObjectStore>();
        await new StoreUnderFaults(4 * PartBytes).StrikeEachAsync("radosgw", [kind], await PortAsync(), async port => Keep(await OpenAsync(port)), TestSize.Of(13, 1));
        stores.ForEach(store => store.Dispose());

        S3ObjectStore Keep(S3ObjectStore store)
        {
            stores.Add(store);
            return store;
        }
    }

    [Fact]
    public async Task A_service_that_stays_busy_is_given_up_after_the_retries()
    {
        await using var proxy = new FaultProxy(await PortAsync(), _ => new Fault.Answer(503));
        using var inner = await OpenAsync(proxy.Port);
        var store = new RetryingObjectStore(inner, new RetryOptions { RetriesOfFirstContact = 2, Delay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);

        var error = await Assert.ThrowsAsync<RepositoryUnavailableException>(() => store.GetLengthAsync("a"));

        Assert.Equal(3, proxy.Requests);
        Assert.Contains("the service is busy or failing (503", error.Message);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(501)]
    public async Task What_will_not_pass_is_not_tried_again(int status)
    {
        await using var proxy = new FaultProxy(await PortAsync(), _ => new Fault.Answer(status));
        using var inner = await OpenAsync(proxy.Port);

        await Assert.ThrowsAnyAsync<RepositoryException>(() => new RetryingObjectStore(inner, StoreUnderFaults.Impatient, TimeProvider.System).GetLengthAsync("a"));

        Assert.Equal(1, proxy.Requests);
    }

    [Fact]
    public async Task A_bucket_of_another_region_is_told()
    {
        await using var proxy = new FaultProxy(await PortAsync(), _ => new Fault.Answer(301, "x-amz-bucket-region: eu-central-1"));
        using var store = await OpenAsync(proxy.Port);

        var error = await Assert.ThrowsAsync<RepositoryConnectionException>(() => store.GetLengthAsync("a"));

        Assert.Contains("set Region to the bucket's", error.Message);
    }

    private async Task<int> PortAsync() => new Uri((await ceph.NewBucketAsync()).ServiceUrl!).Port;

    /// <summary>A new bucket behind a proxy.</summary>
    private async Task<S3ObjectStore> OpenAsync(int port) =>
        new(await ceph.NewBucketAsync() with { ServiceUrl = $"http://127.0.0.1:{port}", Patience = TimeSpan.FromSeconds(1), PartBytes = PartBytes }, Guid.NewGuid);
}
