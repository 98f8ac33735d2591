using Azure.Storage;
using Azure.Storage.Sas;
using KafkaBackup.Durable.AzureStorage.Histories;
using KafkaBackup.Durable.AzureStorage.Tests.Support;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.Durable.AzureStorage.Tests;

public sealed class AzureStateTests(SharedAzurite azurite)
{
    [Theory]
    [InlineData("ab")]
    [InlineData("1abc")]
    [InlineData("Abc")]
    [InlineData("a-b-c")]
    [InlineData("aé123")]
    [InlineData("a1234567890123456789012345678901234567890")]
    public void A_name_that_tables_can_not_have_is_refused(string name) =>
        Assert.Contains($"'{name}'", Assert.Throws<ArgumentException>(() => new AzureState(new() { Name = name, ConnectionString = "UseDevelopmentStorage=true" })).Message);

    [Fact]
    public void Too_little_is_an_error() => Assert.Throws<ArgumentException>(() => new AzureState(new()));

    [Fact]
    public async Task An_account_that_can_not_be_reached_is_told_in_one_line_with_its_address_and_without_secrets()
    {
        var port = Hosting.FreePort.Find();
        var store = new AzureHistoryStore(new(new() { ConnectionString = AzuriteProcess.ConnectionStringFor(port, port) }));

        var failure = await Assert.ThrowsAsync<AzureStateException>(() => store.OpenAsync(default));

        Assert.Contains($"http://127.0.0.1:{port}/", failure.Message);
        Assert.Contains("refused", failure.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.DoesNotContain("Eby8vd", failure.ToString());
    }

    [Fact]
    public async Task A_shared_access_signature_opens_a_state_and_stands_in_no_error()
    {
        var options = azurite.NewState();
        var signature = Signature(options);
        var store = new AzureHistoryStore(new(options with
        {
            ConnectionString = null,
            TableEndpoint = azurite.Process.TableEndpoint,
            BlobEndpoint = azurite.Process.BlobEndpoint,
            SharedAccessSignature = signature,
        }));

        await store.OpenAsync(default);
        Assert.Null(await store.FindAsync("a", default));

        var wrong = new AzureHistoryStore(new(options with
        {
            ConnectionString = null,
            TableEndpoint = azurite.Process.TableEndpoint,
            BlobEndpoint = azurite.Process.BlobEndpoint,
            SharedAccessSignature = signature.Replace("sig=", "sig=AAAA", StringComparison.Ordinal),
        }));
        var refused = await Assert.ThrowsAsync<AzureStateException>(() => wrong.FindAsync("a", default));
        Assert.Contains("403", refused.Message);
        Assert.DoesNotContain("sig=", refused.ToString());
        Assert.DoesNotContain("AAAA", refused.ToString());
    }

    private static string Signature(AzureStateOptions options)
    {
        var parts = options.ConnectionString!.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var builder = new AccountSasBuilder(AccountSasPermissions.All, DateTimeOffset.UtcNow.AddHours(1), AccountSasServices.All, AccountSasResourceTypes.All);
        return builder.ToSasQueryParameters(new StorageSharedKeyCredential(parts["AccountName"], parts["AccountKey"])).ToString();
    }
}
