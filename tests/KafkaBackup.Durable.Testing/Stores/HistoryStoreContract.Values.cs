using KafkaBackup.Durable.Stores;
using Xunit;

namespace KafkaBackup.Durable.Testing.Stores;

/// <content>Ids and payloads of every kind.</content>
public abstract partial class HistoryStoreContract
{
    [Fact]
    public async Task A_commit_of_many_megabytes_is_one_commit()
    {
        var events = Enumerable.Range(0, 250).Select(i => Event($"{i}") with { Input = Payload(40_000, i) }).ToArray();

        var first = await Create("a", events[..240]);
        await Store.CommitAsync(new(first, first with { Length = 250 }, events[240..]));

        Assert.Equal(events, (await Store.LoadAsync("a", default))!.History);
    }

    [Theory]
    [InlineData(40_000)]
    [InlineData(300_000)]
    [InlineData(3_000_000)]
    public async Task A_large_payload_comes_back_whole_from_an_event_and_from_the_row(int length)
    {
        var @event = Event("large") with { Input = Payload(length, 1), Output = Payload(length, 2), Failure = new("T", Payload(length, 3), Payload(length, 4), null) };
        var row = Row("a") with { Length = 1, Input = Payload(length, 5), Output = Payload(length, 6), CustomStatus = Payload(length, 7), Failure = @event.Failure };

        var committed = await Store.CommitAsync(new(null, row, [@event]));

        var loaded = (await Store.LoadAsync("a", default))!;
        Assert.Equal(@event, Assert.Single(loaded.History));
        Assert.Equal(row with { Version = committed.Version }, loaded.Instance);
        Assert.Equal(loaded.Instance, Assert.Single((await Store.ListAsync(new(), default)).Values));
        var shorter = await Store.CommitAsync(new(committed, committed with { Input = "1", Output = "2", CustomStatus = null, Failure = null }, []));
        Assert.Equal(("1", "2", null, null), (shorter.Input, shorter.Output, shorter.CustomStatus, shorter.Failure));
        Assert.Equal(shorter, await Store.FindAsync("a", default));
    }

    [Theory]
    [InlineData("backup-0123456789ab-1")]
    [InlineData("parent:0:12")]
    [InlineData("a/b\\c#d?e%f'g\"h")]
    [InlineData("tab\tnewline\ndelete\u007f")]
    [InlineData("ünïcode-日本-😀")]
    [InlineData(" ")]
    public async Task An_id_is_any_text(string id)
    {
        var row = await Create(id, Event("1"));
        await Create($"{id}2", Event("other"));
        row = await Store.CommitAsync(new(row, row with { Length = 2 }, [Event("2")]));

        Assert.Equal(["1", "2"], (await Store.LoadAsync(id, default))!.History.Select(each => each.Name));
        Assert.Equal(row, await Store.FindAsync(id, default));
        Assert.Contains(id, await Store.ListLiveAsync(default));
        Assert.Equal(2, (await Ids(new(IdPrefix: id))).Count());
        await Store.PurgeAsync(row);
        Assert.Null(await Store.FindAsync(id, default));
        Assert.NotNull(await Store.FindAsync($"{id}2", default));
    }

    [Fact]
    public async Task Ids_that_differ_in_case_are_different_instances()
    {
        await Create("a", Event("small"));
        await Create("A", Event("capital"));

        Assert.Equal("small", Assert.Single((await Store.LoadAsync("a", default))!.History).Name);
        Assert.Equal("capital", Assert.Single((await Store.LoadAsync("A", default))!.History).Name);
    }

    /// <summary>Text of that many characters that does not compress to nothing.</summary>
    private static string Payload(int length, int seed)
    {
        var random = new Random(seed);
        return string.Create(length, random, (text, from) =>
        {
            for (var i = 0; i < text.Length; i++)
                text[i] = (char)from.Next(' ', '~');
        });
    }
}
