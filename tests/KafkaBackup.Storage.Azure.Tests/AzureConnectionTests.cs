using Azure.Storage.Blobs;
using Azure.Storage.Sas;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.Storage.Azure.Tests;

/// <summary>What is said when the connection is wrong: what, where, what to do, and no secret.</summary>
public sealed class AzureConnectionTests(Azurite azurite)
{
    private const BlobContainerSasPermissions All =
        BlobContainerSasPermissions.Read | BlobContainerSasPermissions.Create | BlobContainerSasPermissions.Write | BlobContainerSasPermissions.List | BlobContainerSasPermissions.Delete;

    [Fact]
    public async Task A_missing_container_is_told_by_every_call()
    {
        var store = azurite.Open("never-made");

        foreach (var call in Calls(store))
        {
            var error = await Assert.ThrowsAsync<RepositoryConnectionException>(call);
            Assert.Equal($"{azurite.Process.BlobEndpoint}/never-made: there is no such container; create it ('az storage container create'), or correct its name", error.Message);
        }
    }

    [Fact]
    public async Task A_wrong_key_is_told_by_every_call_and_not_repeated()
    {
        var wrong = Convert.ToBase64String(new byte[64]);
        var container = azurite.NewContainer().Name;
        var store = Open(container, new AzureStoreOptions { Container = container, ConnectionString = azurite.Process.ConnectionString.Replace(KeyOf(azurite.Process), wrong) });

        foreach (var call in Calls(store))
        {
            var error = await Assert.ThrowsAsync<RepositoryConnectionException>(call);
            Assert.Contains("access is refused (403", error.Message);
            Assert.Contains("check the account's key", error.Message);
            Assert.DoesNotContain(wrong, error.ToString());
        }
    }

    [Fact]
    public async Task The_signature_of_a_container_is_enough()
    {
        var container = azurite.NewContainer();
        var store = Open(container.Name, new AzureStoreOptions { Container = container.Name, SasUrl = Signed(container, All).AbsoluteUri });

        Assert.Equal(CreateOutcome.Created, await store.CreateAsync("a", "x"u8.ToArray()));
        Assert.Equal(1, await store.GetLengthAsync("a"));
        await store.DeleteAsync("a");
        Assert.Empty(await store.ListAsync("").ToListAsync());
    }

    [Fact]
    public async Task A_signature_without_a_permission_is_told_with_what_it_needs_and_not_repeated()
    {
        var container = azurite.NewContainer();
        var signed = Signed(container, BlobContainerSasPermissions.Read | BlobContainerSasPermissions.List);
        var store = Open(container.Name, new AzureStoreOptions { Container = container.Name, SasUrl = signed.AbsoluteUri });

        var error = await Assert.ThrowsAsync<RepositoryConnectionException>(() => store.CreateAsync("a", "x"u8.ToArray()));

        Assert.Contains("its permissions (read, create, write, list, delete)", error.Message);
        Assert.DoesNotContain("sig=", error.Message);
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_unreachable_and_may_be_later()
    {
        var store = Open("c-1", new AzureStoreOptions { Container = "c-1", ConnectionString = AzuriteProcess.ConnectionStringFor(1, 1) });

        var error = await Assert.ThrowsAsync<RepositoryUnavailableException>(() => store.GetLengthAsync("a"));

        Assert.True(error.IsTransient);
        Assert.Equal("http://127.0.0.1:1/devstoreaccount1/c-1: it can't be reached: Connection refused; check the account's name, the network, and proxies and firewalls on the way", error.Message);
    }

    [Theory]
    [InlineData("C", "AccountName=a;AccountKey=c2VjcmV0", null, null, "that is no container's name")]
    [InlineData("a--b", "AccountName=a;AccountKey=c2VjcmV0", null, null, "that is no container's name")]
    [InlineData("abc", null, null, null, "it is not said how to reach the account")]
    [InlineData("abc", "", "", "", "it is not said how to reach the account")]
    [InlineData("abc", "secret", null, null, "the connection string is no such thing")]
    [InlineData("abc", "AccountName=a;AccountKey=secret!", null, null, "the connection string is no such thing")]
    [InlineData("abc", null, "secret", null, "SasUrl is no URL")]
    [InlineData("abc", null, "https://a.blob.core.windows.net/abc?secret=1", null, "the SAS URL has no signature")]
    [InlineData("abc", null, "https://a.blob.core.windows.net/other?sv=2024-01-01&sr=c&sp=r&sig=secret", null, "the SAS URL is of another container")]
    [InlineData("abc", null, null, "secret", "AccountUrl is no URL")]
    [InlineData("abc", null, null, "http://a.blob.core.windows.net", "identities are sent over https only")]
    [InlineData("abc", null, null, "https://a.blob.core.windows.net/?sv=2024-01-01&sr=c&sp=r&sig=secret", "AccountUrl has a query")]
    [InlineData("abc", null, null, "https://a.blob.core.windows.net/abc", "AccountUrl names more than the account")]
    public void Settings_that_make_no_connection_are_told_without_what_they_say(string container, string? connectionString, string? sasUrl, string? accountUrl, string problem)
    {
        var options = new AzureStoreOptions { Container = container, ConnectionString = connectionString, SasUrl = sasUrl, AccountUrl = accountUrl };

        var error = Assert.Throws<RepositoryConnectionException>(() => Open(container, options));

        Assert.StartsWith($"azure:{container}: {problem}; ", error.Message);
        Assert.DoesNotContain("secret", error.ToString());
    }

    [Fact]
    public void An_identity_is_asked_for_when_it_is_needed() =>
        _ = Open("abc", new AzureStoreOptions { Container = "abc", AccountUrl = "https://a.blob.core.windows.net" });

    private static IEnumerable<Func<Task>> Calls(IObjectStore store) =>
    [
        () => store.CreateAsync("a", "x"u8.ToArray()),
        () => store.OpenReadAsync("a"),
        () => store.OpenReadAsync("a", length: 0),
        () => store.GetLengthAsync("a"),
        async () => await store.ListAsync("").ToListAsync(),
        () => store.DeleteAsync("a"),
        async () =>
        {
            await using var upload = await store.BeginUploadAsync("a");
            await upload.WriteAsync(new byte[10_000_000]);
            await upload.CommitAsync();
        },
    ];

    private static AzureObjectStore Open(string container, AzureStoreOptions options) => new(options with { Container = container }, Guid.NewGuid);

    private static Uri Signed(BlobContainerClient container, BlobContainerSasPermissions permissions) =>
        container.GenerateSasUri(permissions, DateTimeOffset.UtcNow.AddHours(1));

    private static string KeyOf(AzuriteProcess azurite) =>
        azurite.ConnectionString.Split(';').Single(part => part.StartsWith("AccountKey=", StringComparison.Ordinal))["AccountKey=".Length..];
}
