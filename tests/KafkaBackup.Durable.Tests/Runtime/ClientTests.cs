using KafkaBackup.Durable.Runtime;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Durable.Tests.Runtime;

public sealed class ClientTests
{
    [Fact]
    public async Task Starting_an_id_that_exists_changes_nothing()
    {
        await using var host = await StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", "first", new StartOrchestrationOptions("w"));

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", "second", new StartOrchestrationOptions("w"))));

        Assert.Equal("first", (await host.Client.GetInstanceAsync("w", true))!.ReadInputAs<string>());
        await host.Client.RaiseEventAsync("w", "go", "done");
        await host.EndOf("w");
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", "third", new StartOrchestrationOptions("w"));
        Assert.Equal("done", (await host.EndOf("w")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_instance_that_starts_later_is_pending_until_its_time()
    {
        var clock = new FakeTimeProvider(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var host = await StartAsync(clock);
        var startAt = clock.GetUtcNow().AddDays(100);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", "in", new StartOrchestrationOptions("w", startAt));

        clock.Advance(TimeSpan.FromDays(99));
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync("w"))!.RuntimeStatus);
        clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.Client.WaitForInstanceStartAsync("w").Bounded()).RuntimeStatus);
        Assert.Equal(startAt, (await host.Client.GetHistoryAsync("w"))[0].Timestamp);
    }

    [Fact]
    public async Task A_durable_timer_of_years_fires_at_its_time_and_not_before()
    {
        var clock = new FakeTimeProvider(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var host = await StartAsync(clock);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Sleep", TimeSpan.FromDays(800), new StartOrchestrationOptions("s"));
        await host.Client.WaitForInstanceStartAsync("s").Bounded();

        clock.Advance(TimeSpan.FromDays(800) - TimeSpan.FromSeconds(1));
        await host.Client.RaiseEventAsync("s", "proof that messages come through");
        Assert.DoesNotContain(await host.Client.GetHistoryAsync("s"), each => each.Type == HistoryEventType.TimerFired);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.EndOf("s")).RuntimeStatus);
    }

    [Fact]
    public async Task A_suspended_instance_waits_until_it_is_resumed()
    {
        await using var host = await StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("w"));
        await host.Client.SuspendInstanceAsync("w", "maintenance");
        await host.Client.RaiseEventAsync("w", "go", "done");
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await host.Client.GetInstanceAsync("w"))!.RuntimeStatus);

        await host.Client.ResumeInstanceAsync("w", "over");

        Assert.Equal("done", (await host.EndOf("w")).ReadOutputAs<string>());
        Assert.Equal(
            [(HistoryEventType.ExecutionSuspended, "maintenance"), (HistoryEventType.ExecutionResumed, "over")],
            (await host.Client.GetHistoryAsync("w")).Where(each => each.Reason is not null).Select(each => (each.Type, each.Reason!)));
    }

    [Fact]
    public async Task Terminating_cancels_the_running_activity_and_reaches_children_if_asked()
    {
        await using var host = await StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("ParentOfHang", null, new StartOrchestrationOptions("p"));
        await Until.True(async () => (await host.Client.GetProgressAsync("p:0:0")).Count == 1, "the activity's beginning");

        await host.Client.TerminateInstanceAsync("p", new TerminateInstanceOptions("enough", Recursive: true)).Bounded();

        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "enough"), await Status(host, "p"));
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "enough"), await Status(host, "p:0:0"));
        await Hang.Cancelled.Task.Bounded();
        Assert.DoesNotContain(await host.Client.GetHistoryAsync("p:0:0"), each => each.Type is HistoryEventType.TaskFailed or HistoryEventType.TaskCompleted);
    }

    [Fact]
    public async Task What_does_not_exist_is_null_or_nothing_or_an_error_where_it_is_waited_for()
    {
        await using var host = await StartAsync();

        Assert.Null(await host.Client.GetInstanceAsync("none"));
        Assert.Empty(await host.Client.GetHistoryAsync("none"));
        Assert.Empty(await host.Client.GetProgressAsync("none"));
        Assert.Equal(0, (await host.Client.PurgeInstanceAsync("none")).PurgedInstanceCount);
        await host.Client.RaiseEventAsync("none", "e");
        await host.Client.TerminateInstanceAsync("none");
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Client.WaitForInstanceCompletionAsync("none"));
    }

    [Fact]
    public async Task Only_what_has_ended_is_purged_and_its_children_with_it_if_asked()
    {
        await using var host = await StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("w"));
        Assert.Equal(0, (await host.Client.PurgeInstanceAsync("w")).PurgedInstanceCount);
        await host.RunAsync("ParentOfSleep", instanceId: "p");

        Assert.Equal(2, (await host.Client.PurgeInstanceAsync("p", new PurgeInstanceOptions(Recursive: true)).Bounded()).PurgedInstanceCount);

        Assert.Null(await host.Client.GetInstanceAsync("p"));
        Assert.Null(await host.Client.GetInstanceAsync("p:0:0"));
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.RunAsync("ParentOfSleep", instanceId: "p")).RuntimeStatus);
    }

    [Fact]
    public async Task Instances_are_listed_page_by_page_with_their_data_if_asked()
    {
        await using var host = await StartAsync();
        for (var i = 0; i < 5; i++)
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", $"in-{i}", new StartOrchestrationOptions($"w{i}"));
        await host.RunAsync("Sleep", TimeSpan.Zero, "s");

        var waiting = new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Running], InstanceIdPrefix: "w", PageSize: 2, FetchInputsAndOutputs: true);
        var pages = await host.Client.GetAllInstancesAsync(waiting).AsPages().ToListAsync();
        var all = await host.Client.GetAllInstancesAsync().ToListAsync();

        Assert.Equal([2, 2, 1], pages.Select(page => page.Values.Count));
        Assert.Equal(["in-4", "in-3", "in-2", "in-1", "in-0"], pages.SelectMany(page => page.Values).Select(each => each.ReadInputAs<string>()));
        Assert.Equal(6, all.Count);
        Assert.Throws<InvalidOperationException>(() => all[0].ReadInputAs<string>());
    }

    [Fact]
    public async Task Progress_shows_the_latest_value_of_each_activity_that_runs()
    {
        await using var host = await StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Report", null, new StartOrchestrationOptions("r"));

        var progress = await Until.NotNull(
            async () => (await host.Client.GetProgressAsync("r")).SingleOrDefault(each => each.SerializedProgress == "{\"percent\":99}"), "the last report");

        Assert.Equal(("Reporter", 1, "host-1"), (progress.Name, progress.Attempt, progress.HostName));
        await host.Client.RaiseEventAsync("r", "stop");
        await host.EndOf("r");
        Assert.Empty(await host.Client.GetProgressAsync("r"));
    }

    [Fact]
    public async Task A_report_that_a_later_one_has_overtaken_does_not_count()
    {
        await using var host = await StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Hanging", null, new StartOrchestrationOptions("r"));
        await Until.NotNull(async () => (await host.Client.GetProgressAsync("r")).SingleOrDefault(), "the attempt");
        var grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IOrchestrationGrain>("r");

        foreach (var (attempt, number, expected) in ((int, long, string)[])[(1, 2, "1.2"), (1, 1, "1.2"), (1, 3, "1.3"), (2, 1, "2.1"), (1, 4, "2.1"), (2, 2, "2.2")])
        {
            await grain.ReportProgressAsync(0, 0, attempt, number, $"{attempt}.{number}");
            // What is overtaken has been taken note of, or not, when the call behind it is answered.
            await grain.GetProgressAsync();
            await Until.NotNull(async () => (await host.Client.GetProgressAsync("r")).SingleOrDefault(each => each.SerializedProgress == expected), expected);
        }

        await host.Client.TerminateInstanceAsync("r", null);
    }

    private static async Task<(OrchestrationRuntimeStatus Status, string? Output)> Status(TestHost host, string id)
    {
        var instance = (await host.Client.GetInstanceAsync(id, true))!;
        return (instance.RuntimeStatus, instance.ReadOutputAs<string>());
    }

    private static Task<TestHost> StartAsync(TimeProvider? clock = null) => TestHost.StartAsync(
        tasks => tasks
            .AddActivity<Hang>()
            .AddActivityFunc<int, int>("Reporter", async (context, _) =>
            {
                for (var percent = 0; percent < 100; percent++)
                    context.ReportProgress(new { percent });
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
                return 0;
            })
            .AddOrchestratorFunc<string, string>("Wait", (context, _) => context.WaitForExternalEvent<string>("go"))
            .AddOrchestratorFunc<TimeSpan, int>("Sleep", async (context, time) =>
            {
                await context.CreateTimer(time, CancellationToken.None);
                return 1;
            })
            .AddOrchestratorFunc<int, int>("Hanging", (context, _) => context.CallActivityAsync<int>(nameof(Hang)))
            .AddOrchestratorFunc<int, int>("ParentOfHang", (context, _) => context.CallSubOrchestratorAsync<int>("Hanging"))
            .AddOrchestratorFunc<int, int>("ParentOfSleep", (context, _) => context.CallSubOrchestratorAsync<int>("Sleep", TimeSpan.Zero))
            .AddOrchestratorFunc<int, int>("Report", async (context, input) =>
            {
                _ = context.CallActivityAsync("Reporter");
                await context.WaitForExternalEvent<object>("stop");
                return 0;
            }),
        configure: options => options.TimeProvider = clock ?? TimeProvider.System);

    private sealed class Hang : TaskActivity<int, int>
    {
        public static readonly TaskCompletionSource Cancelled = new();

        public override async Task<int> RunAsync(TaskActivityContext context, int input)
        {
            using var registration = context.CancellationToken.Register(() => Cancelled.TrySetResult());
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return 0;
        }
    }
}
