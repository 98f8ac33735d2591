using KafkaBackup.Durable.Stores;
using Xunit;

namespace KafkaBackup.Durable.Testing.Stores;

/// <summary>What every history store does. A store's own test class derives from this.</summary>
public abstract class HistoryStoreContract : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    protected abstract IHistoryStore Store { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task What_was_never_committed_is_not_there()
    {
        Assert.Null(await Store.FindAsync("a", default));
        Assert.Null(await Store.LoadAsync("a", default));
        Assert.Empty(await Store.ListLiveAsync(default));
    }

    [Fact]
    public async Task An_instance_comes_back_with_everything_it_was_committed_with()
    {
        var row = Row("a") with
        {
            Status = OrchestrationRuntimeStatus.Suspended,
            Generation = 3,
            StartAt = Noon.AddHours(1),
            Input = "{\"ä\":1}",
            Output = "2",
            CustomStatus = "\"s\"",
            Failure = new("Type", "message", "trace", new("Inner", "cause", null, null)),
            IsParked = true,
            Parent = new("p", "Parent", 4, 5),
            TaskVersion = "2.1",
            Tags = "{\"plan\":\"hourly\"}",
            RequestedBy = "someone on a host",
        };

        var committed = await Store.CommitAsync(new(null, row with { Length = 1 }, [FullEvent]));

        var loaded = await Store.LoadAsync("a", default);
        Assert.NotNull(committed.Version);
        Assert.Equal(row with { Length = 1, Version = committed.Version }, loaded!.Instance);
        Assert.Equal([FullEvent], loaded.History);
        Assert.Equal(loaded.Instance, await Store.FindAsync("a", default));
    }

    [Fact]
    public async Task Commits_append_to_the_history_in_order()
    {
        var first = await Create("a", Event("1"), Event("2"));
        var second = await Store.CommitAsync(new(first, first with { Length = 3 }, [Event("3")]));
        await Store.CommitAsync(new(second, second with { CustomStatus = "1" }, []));

        var loaded = await Store.LoadAsync("a", default);
        Assert.Equal(["1", "2", "3"], loaded!.History.Select(each => each.Name));
        Assert.Equal("1", loaded.Instance.CustomStatus);
    }

    [Fact]
    public async Task A_new_generation_drops_the_history_before_it()
    {
        var first = await Create("a", Event("1"), Event("2"));
        var second = await Store.CommitAsync(new(first, first with { Generation = 1, Length = 1 }, [Event("3")]));
        await Store.CommitAsync(new(second, second with { Length = 2 }, [Event("4")]));

        Assert.Equal(["3", "4"], (await Store.LoadAsync("a", default))!.History.Select(each => each.Name));
    }

    [Fact]
    public async Task A_commit_on_an_old_version_is_fenced_and_changes_nothing()
    {
        var first = await Create("a", Event("1"));
        await Store.CommitAsync(new(first, first with { Length = 2 }, [Event("2")]));

        await Assert.ThrowsAsync<FencedException>(() => Store.CommitAsync(new(first, first with { Length = 2, Output = "x" }, [Event("late")])));

        var loaded = await Store.LoadAsync("a", default);
        Assert.Equal(["1", "2"], loaded!.History.Select(each => each.Name));
        Assert.Null(loaded.Instance.Output);
    }

    [Fact]
    public async Task Creating_an_instance_that_exists_is_fenced()
    {
        await Create("a", Event("1"));

        var fenced = await Assert.ThrowsAsync<FencedException>(() => Create("a", Event("2")));

        Assert.Equal("a", fenced.InstanceId);
        Assert.Equal("1", Assert.Single((await Store.LoadAsync("a", default))!.History).Name);
    }

    [Fact]
    public async Task Of_writers_that_race_on_one_version_one_wins_and_the_others_leave_no_trace()
    {
        var first = await Create("a");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(async writer =>
        {
            try
            {
                await Store.CommitAsync(new(first, first with { Length = 1 }, [Event($"{writer}")]));
                return $"{writer}";
            }
            catch (FencedException)
            {
                return null;
            }
        }));

        var winner = Assert.Single(outcomes, outcome => outcome is not null);
        Assert.Equal(winner, Assert.Single((await Store.LoadAsync("a", default))!.History).Name);
    }

    [Fact]
    public async Task Commits_to_many_instances_at_once_all_arrive()
    {
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Create($"i{i}", Event($"{i}"))));

        for (var i = 0; i < 300; i++)
            Assert.Equal($"{i}", Assert.Single((await Store.LoadAsync($"i{i}", default))!.History).Name);
    }

    [Fact]
    public async Task A_commit_of_thousands_of_events_is_one_commit()
    {
        await Create("a", [.. Enumerable.Range(0, 3000).Select(i => Event($"{i}"))]);

        Assert.Equal(Enumerable.Range(0, 3000).Select(i => $"{i}"), (await Store.LoadAsync("a", default))!.History.Select(each => each.Name));
    }

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

    [Fact]
    public async Task What_is_loaded_while_others_commit_is_of_one_moment()
    {
        var row = await Create("a", Event("0"));
        var writing = Task.Run(async () =>
        {
            for (var next = 1; next < 60; next++)
            {
                // Every fifth step begins a new generation.
                row = next % 5 == 0
                    ? await Store.CommitAsync(new(row, row with { Generation = row.Generation + 1, Length = 1, CustomStatus = $"{next}" }, [Event($"{next}")]))
                    : await Store.CommitAsync(new(row, row with { Length = row.Length + 1, CustomStatus = $"{next}" }, [Event($"{next}")]));
            }
        });

        var looks = 0;
        while (!writing.IsCompleted)
        {
            var loaded = (await Store.LoadAsync("a", default))!;
            Assert.Equal(loaded.Instance.Length, loaded.History.Count);
            Assert.Equal(loaded.Instance.CustomStatus ?? "0", loaded.History[^1].Name);
            looks++;
        }
        await writing;
        Assert.True(looks > 0);
    }

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

    [Fact]
    public async Task A_purged_instance_is_gone_and_its_id_can_be_used_again()
    {
        var row = await Create("a", Event("1"), Event("2"));
        await Create("b", Event("other"));

        await Store.PurgeAsync(row);

        Assert.Null(await Store.LoadAsync("a", default));
        await Create("a", Event("new"));
        Assert.Equal("new", Assert.Single((await Store.LoadAsync("a", default))!.History).Name);
        Assert.NotNull(await Store.LoadAsync("b", default));
    }

    [Fact]
    public async Task A_purge_on_an_old_version_is_fenced()
    {
        var row = await Create("a", Event("1"));
        await Store.CommitAsync(new(row, row with { Length = 2 }, [Event("2")]));

        await Assert.ThrowsAsync<FencedException>(() => Store.PurgeAsync(row));

        Assert.Equal(2, (await Store.LoadAsync("a", default))!.History.Count);
    }

    protected static InstanceRecord Row(string id) => new()
    {
        Id = id,
        Name = "Orchestrator",
        Status = OrchestrationRuntimeStatus.Running,
        CreatedAt = Noon,
        UpdatedAt = Noon.AddTicks(1),
    };

    protected static HistoryEvent Event(string name) => new() { Type = HistoryEventType.EventRaised, Name = name, Timestamp = Noon };

    protected Task<InstanceRecord> Create(string id, params HistoryEvent[] events) => Store.CommitAsync(new(null, Row(id) with { Length = events.Length }, events));

    private static HistoryEvent FullEvent => new()
    {
        Type = HistoryEventType.TaskFailed,
        Timestamp = Noon.AddTicks(7),
        TaskId = 0,
        Name = "Activity",
        Input = "{\"n\":\"\\u0000\"}",
        Output = "[1]",
        Failure = new("Type", "ünïcode", "trace", new("Inner", "cause", null, null)),
        HostName = "host",
        Attempt = 2,
        StartedAt = Noon.AddSeconds(-1),
        FireAt = Noon.AddYears(100),
        InstanceId = "child",
        Reason = "why",
        Generation = 9,
        RequestedBy = "someone",
        Version = "1.0",
        Tags = "{\"a\":\"b\"}",
    };

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

    private async Task<IEnumerable<string>> Ids(InstanceFilter filter) => (await Store.ListAsync(filter, default)).Values.Select(row => row.Id);
}
