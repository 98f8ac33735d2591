using KafkaBackup.Durable.Stores;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Durable.Testing.Model;

/// <summary>
/// What orchestrators, activities and clients may rely on, whichever store keeps their histories: each test stops its host in the middle, and another one goes on
/// with what the store has. A store's own test class derives from this.
/// </summary>
public abstract partial class DurableTaskContract : IAsyncLifetime
{
    private readonly FakeTimeProvider clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ModelTasks tasks = new();

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>A store over what its predecessors have kept. A host has it, and disposes of it.</summary>
    protected abstract IHistoryStore NewStore();

    [Fact]
    public async Task A_retry_policy_waits_and_counts_through_a_restart()
    {
        await using (var host = await StartAsync())
        {
            await ScheduleAsync(host, "Retry", 3);
            await HistoryAsync(host, history => history.Any(each => each.Type == HistoryEventType.TimerCreated));
        }
        await using var next = await StartAsync();
        Assert.Single(await AttemptsAsync(next));
        clock.Advance(TimeSpan.FromHours(1));
        await HistoryAsync(next, history => history.Count(each => each.Type == HistoryEventType.TimerCreated) == 2);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal([1, 2], await AttemptsAsync(next)); // the second delay is twice the first
        clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(3, (await next.EndOf("i")).ReadOutputAs<int>());
        Assert.Equal([1, 2, 3], await AttemptsAsync(next));
    }

    [Fact]
    public async Task A_retry_handler_sees_the_failure_and_decides_again_in_the_same_way_after_a_restart()
    {
        await using (var host = await StartAsync())
        {
            await ScheduleAsync(host, "Handle", 9);
            await HistoryAsync(host, history => history.Count(each => each.Type == HistoryEventType.TaskFailed) == 1);
        }
        await using var next = await StartAsync();
        clock.Advance(TimeSpan.FromHours(1));
        await HistoryAsync(next, history => history.Count(each => each.Type == HistoryEventType.TimerCreated) == 2);
        clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal("gave up after 2: not yet", (await next.EndOf("i")).ReadOutputAs<string>());
        Assert.Equal([1, 2], await AttemptsAsync(next));
    }

    [Fact]
    public async Task A_wait_for_an_event_runs_out_at_its_time_across_a_restart_and_what_comes_later_is_there_for_the_next()
    {
        await using (var host = await StartAsync())
        {
            await ScheduleAsync(host, "TimeOut", null);
            await HistoryAsync(host, history => history.Any(each => each.Type == HistoryEventType.TimerCreated));
        }
        await using (var host = await StartAsync())
        {
            clock.Advance(TimeSpan.FromMinutes(10));
            await HistoryAsync(host, history => history.Any(each => each.Type == HistoryEventType.TimerFired));
            await host.Client.RaiseEventAsync("i", "GO", "late").Bounded();
        }
        await using var next = await StartAsync();
        await next.Client.RaiseEventAsync("i", "other", "now").Bounded();

        Assert.Equal("timed out, now, late", (await next.EndOf("i")).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData(true, "12345")]
    [InlineData(false, "1")]
    public async Task Continued_as_new_it_has_the_events_that_nobody_waited_for_if_that_is_asked(bool preserves, string seen)
    {
        await using (var host = await StartAsync())
        {
            await ScheduleAsync(host, "Collect", new ModelTasks.Collected("", preserves));
            await host.Client.SuspendInstanceAsync("i").Bounded();
            for (var i = 1; i <= 5; i++)
                await host.Client.RaiseEventAsync("i", "number", $"{i}").Bounded();
        }
        await using (var host = await StartAsync())
        {
            await host.Client.ResumeInstanceAsync("i").Bounded();
            await Until.True(async () => (await InputAsync(host))!.Text == seen, "the runs");
            Assert.Equal(preserves ? 5 : 1, (await host.Client.GetHistoryAsync("i"))[0].Generation);
        }
        await using var next = await StartAsync();
        await next.Client.RaiseEventAsync("i", "number", "end").Bounded();
        Assert.Equal($"{seen}end", (await next.EndOf("i")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Guids_the_clock_and_the_custom_status_are_the_same_after_a_restart()
    {
        string[] first;
        await using (var host = await StartAsync())
        {
            await ScheduleAsync(host, "Same", null);
            first = (await Until.NotNull(async () => (await host.Client.GetInstanceAsync("i", true))!.ReadCustomStatusAs<string[]>(), "the status"))!;
        }
        clock.Advance(TimeSpan.FromDays(1));
        await using var next = await StartAsync();
        Assert.Equal(first, (await next.Client.GetInstanceAsync("i", true))!.ReadCustomStatusAs<string[]>());
        await next.Client.RaiseEventAsync("i", "go").Bounded();

        var end = await next.EndOf("i");
        Assert.Equal(first, end.ReadOutputAs<string[]>());
        Assert.Equal("\"over\"", end.SerializedCustomStatus);
        Assert.Equal(3, first.Distinct().Count());
    }

    [Fact]
    public async Task Instances_of_several_versions_go_on_each_with_its_own_code()
    {
        await using (var host = await StartAsync())
        {
            foreach (var version in (string[])["1.0", "2.0"])
                await host.Client.ScheduleNewOrchestrationInstanceAsync("Versioned", null, new StartOrchestrationOptions($"v{version}") { Version = version }).Bounded();
            await Assert.ThrowsAsync<ArgumentException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Versioned", null, new StartOrchestrationOptions("v3") { Version = "3.0" }));
        }
        await using var next = await StartAsync();
        foreach (var version in (string[])["1.0", "2.0"])
        {
            await next.Client.RaiseEventAsync($"v{version}", "go").Bounded();
            var end = await next.EndOf($"v{version}");
            Assert.Equal(($"orchestrator {version}, activity {version}", version), (end.ReadOutputAs<string>(), end.Version));
        }
    }

    private Task<TestHost> StartAsync() => TestHost.StartAsync(tasks.Add, configure: options =>
    {
        options.TimeProvider = clock;
        options.CreateStore = _ => NewStore();
    });

    private static Task ScheduleAsync(TestHost host, string name, object? input) =>
        host.Client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions("i")).Bounded();

    private static Task HistoryAsync(TestHost host, Func<IReadOnlyList<HistoryEvent>, bool> until) =>
        Until.True(async () => until(await host.Client.GetHistoryAsync("i")), "the history");

    private static async Task<IEnumerable<int>> AttemptsAsync(TestHost host) =>
        (await host.Client.GetHistoryAsync("i")).Where(each => each.Type == HistoryEventType.TaskStarted).Select(each => each.Attempt);

    private static async Task<ModelTasks.Collected?> InputAsync(TestHost host) => (await host.Client.GetInstanceAsync("i", true))!.ReadInputAs<ModelTasks.Collected>();
}
