using Azure.Data.Tables;
using KafkaBackup.Durable.AzureStorage.Histories;
using KafkaBackup.Durable.AzureStorage.Tests.Support;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Testing.Stores;
using Xunit;

namespace KafkaBackup.Durable.AzureStorage.Tests.Histories;

public sealed class AzureHistoryStoreTests(SharedAzurite azurite) : HistoryStoreContract
{
    private static readonly string Large = new('x', Payloads.LongestInTable + 1);
    private AzureHistoryStore? store;
    private AzureState? state;

    protected override IHistoryStore Store => store!;

    public override async ValueTask InitializeAsync()
    {
        state = new(azurite.NewState());
        store = new(state);
        await store.OpenAsync(default);
    }

    public override ValueTask DisposeAsync() => store?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task A_state_that_is_there_is_opened_again()
    {
        await Create("a", Event("1"));
        var again = new AzureHistoryStore(state!);
        await again.OpenAsync(default);

        Assert.Equal("1", Assert.Single((await again.LoadAsync("a", default))!.History).Name);
    }

    [Fact]
    public async Task What_is_too_large_for_a_table_is_a_blob_and_nothing_else_is()
    {
        await Create("small", Event(Large[..20_000]));
        Assert.Empty(await Blobs());

        var row = await Create("large", Event("1") with { Input = Large }, Event("2") with { Input = Large });

        Assert.Equal(2, (await Blobs()).Count); // they differ in their names
        await Store.CommitAsync(new(row, row with { CustomStatus = Large, Output = Large }, []));
        Assert.Equal(3, (await Blobs()).Count); // equal texts are one
    }

    [Fact]
    public async Task A_new_run_leaves_nothing_of_the_last_one_behind()
    {
        var row = await Create("a", Event("1") with { Input = Large }, Event("2"));
        await Store.CommitAsync(new(row, row with { Generation = 1, Length = 1 }, [Event("3")]));

        Assert.Equal(["h00000001-00000000", "i"], (await Entities(state!.Histories)).Select(entity => entity.RowKey).Order());
        Assert.Empty(await Blobs());
    }

    [Fact]
    public async Task A_purge_leaves_nothing_behind()
    {
        var row = await Create("a", [.. Enumerable.Range(0, 250).Select(i => Event($"{i}")), Event("large") with { Input = Large }]);
        await Store.PurgeAsync(row);

        Assert.Empty(await Entities(state!.Histories));
        Assert.Empty(await Entities(state!.Index));
        Assert.Empty(await Blobs());
    }

    [Fact]
    public async Task Long_ids_that_differ_at_their_ends_are_different_instances()
    {
        var id = new string('/', 2000);
        await Create($"{id}1", Event("1"));
        await Create($"{id}2", Event("2"));

        Assert.Equal("1", Assert.Single((await Store.LoadAsync($"{id}1", default))!.History).Name);
        Assert.Equal([$"{id}1", $"{id}2"], (await Store.ListLiveAsync(default)).Order());
        Assert.Equal(2, (await Store.ListAsync(new(IdPrefix: id), default)).Values.Count);
    }

    [Fact]
    public async Task Damage_is_told_by_its_name()
    {
        await Create("a", Event("1"), Event("2") with { Input = Large }, Event("3"));
        var blob = state!.Payloads.GetBlobClient(Assert.Single(await Blobs()));
        await blob.UploadAsync(BinaryData.FromString("{}"), overwrite: true);
        Assert.Contains(blob.Name, (await Assert.ThrowsAsync<InvalidDataException>(() => Store.LoadAsync("a", default))).Message);

        await blob.DeleteAsync();
        Assert.Contains(blob.Name, (await Assert.ThrowsAsync<InvalidDataException>(() => Store.LoadAsync("a", default))).Message);

        await state.Histories.DeleteEntityAsync("a", "h00000000-00000001");
        Assert.Contains("no event 1 of 3", (await Assert.ThrowsAsync<InvalidDataException>(() => Store.LoadAsync("a", default))).Message);
    }

    [Fact]
    public async Task An_id_that_was_purged_and_used_again_is_listed_once_as_what_it_is_now()
    {
        var row = await Create("a");
        await state!.Histories.DeleteEntityAsync("a", InstanceRows.RowKey); // a purge that was cut off
        await Store.CommitAsync(new(null, row with { CreatedAt = row.CreatedAt.AddHours(1), Name = "Second" }, []));

        Assert.Equal("Second", Assert.Single((await Store.ListAsync(new(), default)).Values).Name);
    }

    private static async Task<List<TableEntity>> Entities(TableClient table)
    {
        var entities = new List<TableEntity>();
        await foreach (var entity in table.QueryAsync<TableEntity>())
            entities.Add(entity);
        return entities;
    }

    private async Task<List<string>> Blobs()
    {
        var names = new List<string>();
        await foreach (var blob in state!.Payloads.GetBlobsAsync())
            names.Add(blob.Name);
        return names;
    }
}
