using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Storage.Azure.Tests;

/// <summary>What every store has to do, on Azurite.</summary>
public sealed class AzureContractTests(Azurite azurite) : ObjectStoreContract
{
    private readonly Lazy<string> container = new(() => azurite.NewContainer().Name);
    private IObjectStore? store;

    protected override IObjectStore Store => store ??= OpenAgain();

    protected override IObjectStore OpenAgain() => azurite.Open(container.Value);
}

/// <summary>The same below a prefix, with a neighbour whose names begin alike.</summary>
public sealed class AzurePrefixContractTests(Azurite azurite) : ObjectStoreContract
{
    private readonly Lazy<string> container = new(() => WithNeighbour(azurite));
    private IObjectStore? store;

    protected override IObjectStore Store => store ??= OpenAgain();

    protected override IObjectStore OpenAgain() => azurite.Open(container.Value, "backups/kafka");

    [Fact]
    public async Task Objects_lie_below_the_prefix_and_no_others_are_seen()
    {
        await Store.CreateAsync("a/b", Bytes("x"));

        Assert.Equal("x", await ReadAsync(azurite.Open(container.Value), "backups/kafka/a/b"));
        Assert.Equal(["a/b"], await ListAsync(""));
        Assert.Null(await Store.GetLengthAsync("2/neighbour"));
    }

    private static string WithNeighbour(Azurite azurite)
    {
        var container = azurite.NewContainer();
        container.UploadBlob("backups/kafka2/neighbour", BinaryData.FromString("not ours"));
        return container.Name;
    }
}
