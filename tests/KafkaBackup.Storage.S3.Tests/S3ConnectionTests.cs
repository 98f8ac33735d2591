using KafkaBackup.Repository.Storage;
using Xunit;

namespace KafkaBackup.Storage.S3.Tests;

/// <summary>What is said when the connection is wrong: what, where, what to do, and no secret.</summary>
public sealed class S3ConnectionTests(Ceph ceph)
{
    private const string Wrong = "not-the-secret";

    [Fact]
    public async Task A_missing_bucket_is_told_by_every_call()
    {
        var options = await ceph.NewBucketAsync() with { Bucket = "never-made" };
        foreach (var call in Calls(options))
        {
            var error = await Assert.ThrowsAsync<RepositoryConnectionException>(call);
            Assert.Equal($"s3:never-made at {options.ServiceUrl}: there is no such bucket; create it ('aws s3 mb'), or correct its name", error.Message);
        }
    }

    [Fact]
    public async Task A_wrong_secret_is_told_by_every_call_and_not_repeated()
    {
        foreach (var call in Calls(await ceph.NewBucketAsync() with { SecretAccessKey = Wrong }))
        {
            var error = await Assert.ThrowsAsync<RepositoryConnectionException>(call);
            Assert.Contains("access is refused (403", error.Message);
            Assert.Contains("check the access key and its secret", error.Message);
            Assert.DoesNotContain(Wrong, error.ToString());
        }
    }

    [Fact]
    public async Task An_unknown_key_is_told()
    {
        using var store = new S3ObjectStore(await ceph.NewBucketAsync() with { AccessKeyId = "AKNOBODY" }, Guid.NewGuid);

        Assert.Contains("access is refused (403 InvalidAccessKeyId)", (await Assert.ThrowsAsync<RepositoryConnectionException>(() => store.OpenReadAsync("a"))).Message);
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_unreachable_and_may_be_later()
    {
        using var store = new S3ObjectStore(
            new S3StoreOptions { Bucket = "abc", ServiceUrl = "http://127.0.0.1:1", AccessKeyId = "a", SecretAccessKey = Wrong }, Guid.NewGuid);

        var error = await Assert.ThrowsAsync<RepositoryUnavailableException>(() => store.GetLengthAsync("a"));

        Assert.True(error.IsTransient);
        Assert.Equal("s3:abc at http://127.0.0.1:1: it can't be reached: Connection refused; check ServiceUrl and Region, the network, and proxies and firewalls on the way", error.Message);
    }

    [Theory]
    [InlineData("nowhere", "a", Wrong, "ServiceUrl is no URL")]
    [InlineData("ftp://a", "a", Wrong, "ServiceUrl is no URL")]
    [InlineData("http://user:not-the-secret@a", "a", Wrong, "ServiceUrl is no URL")]
    [InlineData("http://127.0.0.1:1", "a", null, "half a key is given")]
    [InlineData("http://127.0.0.1:1", "", Wrong, "half a key is given")]
    public void Settings_that_make_no_connection_are_told_without_what_they_say(string serviceUrl, string? id, string? secret, string problem)
    {
        var error = Assert.Throws<RepositoryConnectionException>(
            () => new S3ObjectStore(new S3StoreOptions { Bucket = "abc", ServiceUrl = serviceUrl, AccessKeyId = id, SecretAccessKey = secret }, Guid.NewGuid));

        Assert.StartsWith($"s3:abc: {problem}; ", error.Message);
        Assert.DoesNotContain(Wrong, error.ToString());
    }

    private static IEnumerable<Func<Task>> Calls(S3StoreOptions options)
    {
        foreach (var call in (Func<S3ObjectStore, Task>[])
        [
            store => store.CreateAsync("a", "x"u8.ToArray()),
            store => store.OpenReadAsync("a"),
            store => store.OpenReadAsync("a", length: 0),
            store => store.GetLengthAsync("a"),
            async store => await store.ListAsync("").ToListAsync(),
            store => store.DeleteAsync("a"),
            store => store.BeginUploadAsync("a"),
        ])
        {
            yield return async () =>
            {
                using var store = new S3ObjectStore(options, Guid.NewGuid);
                await call(store);
            };
        }
    }
}
