using Xunit;

namespace KafkaBackup.Durable.Testing.Model;

/// <content>What clients see and do.</content>
public abstract partial class DurableTaskContract
{
    [Fact]
    public async Task A_start_in_the_future_is_pending_through_a_restart_and_an_id_that_is_known_is_not_started_again()
    {
        var at = new StartOrchestrationOptions("i", clock.GetUtcNow().AddHours(2));
        await using (var host = await StartAsync())
        {
            Assert.Equal("i", await host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", "first", at).Bounded());
            Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync("i"))!.RuntimeStatus);
        }
        await using var next = await StartAsync();
        await next.Client.ScheduleNewOrchestrationInstanceAsync("Echo", "second", new StartOrchestrationOptions("i")).Bounded();
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await next.Client.GetInstanceAsync("i", default(CancellationToken)))!.RuntimeStatus);
        clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal("first", (await next.EndOf("i")).ReadOutputAs<string>());
        await next.Client.ScheduleNewOrchestrationInstanceAsync("Echo", new StartOrchestrationOptions("i")).Bounded();
        Assert.Equal("first", (await next.Client.WaitForInstanceStartAsync("i", true).Bounded()).ReadInputAs<string>());
    }

    [Fact]
    public async Task Suspended_it_keeps_what_comes_through_a_restart_and_takes_it_when_it_is_resumed()
    {
        await using (var host = await StartAsync())
        {
            await ScheduleAsync(host, "TwoEvents", null);
            await host.Client.As("ann").SuspendInstanceAsync("i", "lunch").Bounded();
            await host.Client.RaiseEventAsync("i", "go", "a").Bounded();
        }
        await using (var host = await StartAsync())
        {
            Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await host.Client.WaitForInstanceStartAsync("i", default(CancellationToken)).Bounded()).RuntimeStatus);
            await host.Client.RaiseEventAsync("i", "go", "b").Bounded();
            await host.Client.SuspendInstanceAsync("i", default(CancellationToken)).Bounded();
        }
        await using var next = await StartAsync();
        await next.Client.ResumeInstanceAsync("i", default(CancellationToken)).Bounded();

        Assert.Equal("ab", (await next.Client.WaitForInstanceCompletionAsync("i", true).Bounded()).ReadOutputAs<string>());
        Assert.Equal(
            ["ann: lunch"], (await next.Client.GetHistoryAsync("i")).Where(each => each.Type == HistoryEventType.ExecutionSuspended).Select(each => $"{each.RequestedBy}: {each.Reason}"));
    }

    [Fact]
    public async Task A_termination_reaches_grandchildren_and_their_activities_and_a_purge_takes_them_all_with_it()
    {
        await using (var host = await StartAsync())
        {
            await ScheduleAsync(host, "Grandparent", null);
            await Until.True(() => tasks.Hanging == 1, "the activity");
        }
        await using (var host = await StartAsync())
        {
            await Until.True(() => tasks.Hanging == 2, "the activity, again");
            Assert.Equal(0, (await host.Client.PurgeInstanceAsync("i", default(CancellationToken)).Bounded()).PurgedInstanceCount);
            await host.Client.TerminateInstanceAsync("i", new TerminateInstanceOptions("enough", Recursive: true)).Bounded();
            await Until.True(() => tasks.Cancelled == 1, "the cancellation");
        }
        await using var next = await StartAsync();
        foreach (var id in (string[])["i", "i:0:0", "i:0:0:0:0"])
            Assert.Equal(("enough", OrchestrationRuntimeStatus.Terminated), (await next.Client.GetInstanceAsync(id, true))! is var each ? (each.ReadOutputAs<string>(), each.RuntimeStatus) : default);
        Assert.Equal(3, (await next.Client.PurgeInstanceAsync("i", new PurgeInstanceOptions(Recursive: true)).Bounded()).PurgedInstanceCount);
        Assert.Empty(await next.Client.GetAllInstancesAsync().ToListAsync());
    }

    [Fact]
    public async Task What_has_ended_is_listed_page_by_page_and_purged_by_time_and_state_after_a_restart()
    {
        await using (var host = await StartAsync())
        {
            for (var i = 0; i < 7; i++)
            {
                await host.RunAsync("Echo", i % 3 == 2 ? "fail" : "fine", $"e{i}");
                clock.Advance(TimeSpan.FromMinutes(1));
            }
            await ScheduleAsync(host, "TwoEvents", null);
        }
        await using var next = await StartAsync();
        var query = new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Completed], InstanceIdPrefix: "e", PageSize: 2, FetchInputsAndOutputs: true);
        var pages = await next.Client.GetAllInstancesAsync(query).AsPages().ToListAsync();
        Assert.Equal(["e6 e4", "e3 e1", "e0"], pages.Select(page => string.Join(' ', page.Values.Select(each => each.InstanceId))));
        Assert.All(pages.SelectMany(page => page.Values), each => Assert.Equal("fine", each.ReadInputAs<string>()));
        Assert.Equal(["e3", "e1"], (await next.Client.GetAllInstancesAsync(query with { ContinuationToken = pages[0].ContinuationToken }).AsPages().FirstAsync()).Values.Select(each => each.InstanceId));

        var early = new PurgeInstancesFilter(CreatedTo: clock.GetUtcNow().AddMinutes(-3));
        Assert.Equal(1, (await next.Client.PurgeAllInstancesAsync(early with { Statuses = [OrchestrationRuntimeStatus.Failed] }).Bounded()).PurgedInstanceCount);
        Assert.Equal(3, (await next.Client.PurgeAllInstancesAsync(early, default(CancellationToken)).Bounded()).PurgedInstanceCount);
        Assert.Equal(["i", "e6", "e5", "e4"], (await next.Client.GetAllInstancesAsync().ToListAsync()).Select(each => each.InstanceId));
    }

    [Fact]
    public async Task An_activity_shows_its_progress_hears_of_its_cancellation_and_is_begun_again_after_a_restart()
    {
        await using (var host = await StartAsync())
        {
            await ScheduleAsync(host, "CancelHanging", null);
            Assert.Equal((1, "\"attempt 1\""), await ProgressAsync(host));
        }
        Assert.Equal(0, tasks.Cancelled); // the stop of a host cancels nothing in the history
        await using var next = await StartAsync();
        Assert.Equal((2, "\"attempt 2\""), await ProgressAsync(next));
        await next.Client.RaiseEventAsync("i", "stop").Bounded();

        Assert.Equal("cancelled", (await next.EndOf("i")).ReadOutputAs<string>());
        await Until.True(() => tasks.Cancelled == 1, "the cancellation");
        Assert.Empty(await next.Client.GetProgressAsync("i"));
    }

    private static async Task<(int Attempt, string Json)> ProgressAsync(TestHost host)
    {
        var progress = await Until.NotNull(async () => (await host.Client.GetProgressAsync("i")).FirstOrDefault(each => each.SerializedProgress is not null), "progress");
        return (progress.Attempt, progress.SerializedProgress!);
    }
}
