using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>What is wrong with an object store is one line with what to do, and no command waits long for it or leaves anything.</summary>
public sealed class ObjectStoreErrorTests(AzuritePlaces azurite, CephPlaces ceph) : IDisposable
{
    /// <summary>In time, a command that waits for ever is killed and told.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[][] Commands =
    [
        ["backup", "-b", "127.0.0.1:1", "-r"], ["restore", "-b", "127.0.0.1:1", "-r"], ["epochs", "-r"], ["verify", "-r"], ["init", "-r"],
    ];

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_wrong_key_of_Azure_is_told_and_not_repeated()
    {
        var wrong = Convert.ToBase64String(new byte[64]);
        var place = azurite.New();
        await RefusedAsync(place.With(("Azure:ConnectionString", place.Settings["Azure:ConnectionString"].Replace(place.Secret, wrong, StringComparison.Ordinal))), 2, "access is refused (403", "check the account's key", wrong);
    }

    [Fact]
    public Task A_missing_container_is_told() =>
        RefusedAsync(azurite.New() with { Address = "azure:never-made" }, 2, "never-made: there is no such container", "az storage container create");

    [Fact]
    public Task An_Azure_that_is_not_there_is_told() => RefusedAsync(
        azurite.New().With(("Azure:ConnectionString", AzuriteProcess.ConnectionStringFor(1, 1))), 1, "it can't be reached: Connection refused", "check the account's name, the network");

    [Fact]
    public async Task A_wrong_secret_of_S3_is_told_and_not_repeated() =>
        await RefusedAsync((await ceph.NewAsync()).With(("S3:SecretAccessKey", "wrong-secret")), 2, "access is refused (403", "check the access key and its secret", "wrong-secret");

    [Fact]
    public async Task A_missing_bucket_is_told() =>
        await RefusedAsync(await ceph.NewAsync() with { Address = "s3:never-made" }, 2, "there is no such bucket", "aws s3 mb");

    [Fact]
    public async Task An_S3_that_is_not_there_is_told() =>
        await RefusedAsync((await ceph.NewAsync()).With(("S3:ServiceUrl", "http://127.0.0.1:1")), 1, "it can't be reached: Connection refused", "check ServiceUrl and Region, the network");

    private async Task RefusedAsync(ObjectPlace place, int exit, string what, string remedy, string secret = "secret that nobody has")
    {
        place.WriteTo(folder.Path);
        await Task.WhenAll(Commands.Select(async command =>
        {
            await using var process = KafkaBackupCli.Start(folder.Path, [.. command, place.Address]);
            var result = new CliResult(await process.WaitAsync(Patience), process.Output, process.Errors);
            OneLine.Assert(result, exit, what, remedy);
            Assert.DoesNotContain(secret, result.Errors + result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(place.Secret, result.Errors + result.Output, StringComparison.Ordinal);
        }));
        Assert.Equal(["local.settings.json"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }
}
