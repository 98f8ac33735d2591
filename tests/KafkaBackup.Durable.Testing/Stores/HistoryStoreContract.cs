using KafkaBackup.Durable.Stores;
using Xunit;

namespace KafkaBackup.Durable.Testing.Stores;

/// <summary>What every history store does. A store's own test class derives from this.</summary>
public abstract partial class HistoryStoreContract : IAsyncLifetime
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
}
