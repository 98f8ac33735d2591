using KafkaBackup.Durable.Stores;
using Xunit;

namespace KafkaBackup.Durable.Testing.Stores;

/// <content>Listings.</content>
public abstract partial class HistoryStoreContract
{
    [Fact]
    public async Task Live_are_those_that_have_not_ended()
    {
        foreach (var status in Enum.GetValues<OrchestrationRuntimeStatus>())
            await Store.CommitAsync(new(null, Row($"{status}") with { Status = status }, []));
        var running = (await Store.FindAsync("Running", default))!;
        await Store.CommitAsync(new(running, running with { Status = OrchestrationRuntimeStatus.Completed }, []));

        Assert.Equal(["Pending", "Suspended"], (await Store.ListLiveAsync(default)).Order());
    }

    [Fact]
    public async Task Pages_bring_every_instance_once_the_newest_first()
    {
        for (var i = 0; i < 7; i++)
            await Store.CommitAsync(new(null, Row($"i{i}") with { CreatedAt = Noon.AddSeconds(i / 2) }, []));

        var ids = new List<string>();
        string? token = null;
        do
        {
            var page = await Store.ListAsync(new(PageSize: 3, ContinuationToken: token), default);
            Assert.InRange(page.Values.Count, 1, 3);
            ids.AddRange(page.Values.Select(row => row.Id));
            token = page.ContinuationToken;
        }
        while (token is not null);

        Assert.Equal(["i6", "i4", "i5", "i2", "i3", "i0", "i1"], ids);
    }

    [Fact]
    public async Task A_listing_is_filtered_by_time_status_and_prefix()
    {
        await Store.CommitAsync(new(null, Row("x-1") with { CreatedAt = Noon }, []));
        await Store.CommitAsync(new(null, Row("x-2") with { CreatedAt = Noon.AddHours(1), Status = OrchestrationRuntimeStatus.Failed }, []));
        await Store.CommitAsync(new(null, Row("y%1") with { CreatedAt = Noon.AddHours(2) }, []));

        Assert.Equal(["x-2", "x-1"], await Ids(new(IdPrefix: "x-")));
        Assert.Equal(["y%1"], await Ids(new(IdPrefix: "y%")));
        Assert.Empty(await Ids(new(IdPrefix: "X-")));
        Assert.Equal(["x-2"], await Ids(new(Statuses: [OrchestrationRuntimeStatus.Failed])));
        Assert.Equal(["y%1", "x-2"], await Ids(new(CreatedFrom: Noon.AddHours(1))));
        Assert.Equal(["x-1"], await Ids(new(CreatedTo: Noon.AddHours(1))));
        Assert.Empty(await Ids(new(Statuses: [])));
        await Assert.ThrowsAsync<ArgumentException>(() => Ids(new(ContinuationToken: "nonsense")));
    }

    private async Task<IEnumerable<string>> Ids(InstanceFilter filter) => (await Store.ListAsync(filter, default)).Values.Select(row => row.Id);
}
