using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Stores.Sqlite;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using Xunit;

namespace KafkaBackup.Durable.Tests.Runtime;

/// <summary>Instances that are steered while no host runs them: nothing goes on, and the next host finds what was asked.</summary>
public sealed class IdleInstancesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private int activities;

    public static TheoryData<bool> Stores => [false, true];

    public void Dispose() => folder.Dispose();

    [Theory, MemberData(nameof(Stores))]
    public async Task What_is_suspended_stays_so_in_the_next_host_and_goes_on_after_it_is_resumed(bool onDisk)
    {
        var open = OpenStore(onDisk);
        await using (var host = await StartAsync(open))
            await WaitingAsync(host);
        var before = activities;

        await using (var idle = await IdleAsync(open))
        {
            await idle.Client.As("ann").SuspendInstanceAsync("o", "lunch");
            await idle.Client.RaiseEventAsync("o", "go", 5);
            Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await idle.Client.GetInstanceAsync("o"))!.RuntimeStatus);
        }
        await using (var host = await StartAsync(open))
            Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await host.Client.WaitForInstanceStartAsync("o").Bounded()).RuntimeStatus);
        await using (var idle = await IdleAsync(open))
        {
            await idle.Client.As("bob").ResumeInstanceAsync("o");
            Assert.Equal(OrchestrationRuntimeStatus.Running, (await idle.Client.GetInstanceAsync("o"))!.RuntimeStatus);
            Assert.Equal(before, activities); // the next call is in the history, and nothing runs
            Assert.Equal("Count", (await idle.Client.GetHistoryAsync("o"))[^1].Name);
        }

        await using var last = await StartAsync(open);
        Assert.Equal(7, (await last.EndOf("o")).ReadOutputAs<int>());
        Assert.Equal(
            ["ExecutionSuspended ann lunch", "EventRaised  ", "ExecutionResumed bob "],
            (await last.Client.GetHistoryAsync("o"))
                .Where(each => each.Type is HistoryEventType.ExecutionSuspended or HistoryEventType.ExecutionResumed or HistoryEventType.EventRaised)
                .Select(each => $"{each.Type} {each.RequestedBy} {each.Reason}"));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_parent_and_its_children_are_terminated_and_purged_and_a_child_alone_is_heard_of_by_its_parent(bool onDisk)
    {
        var open = OpenStore(onDisk);
        await using (var host = await StartAsync(open))
        {
            foreach (var id in (string[])["p", "q"])
            {
                await host.Client.ScheduleNewOrchestrationInstanceAsync("Parent", null, new StartOrchestrationOptions(id));
                await Until.True(async () => await host.Client.GetInstanceAsync($"{id}:0:0") is not null, "the child");
            }
        }

        await using (var idle = await IdleAsync(open))
        {
            await idle.Client.TerminateInstanceAsync("p", new TerminateInstanceOptions("enough", Recursive: true));
            Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await idle.Client.GetInstanceAsync("p:0:0"))!.RuntimeStatus);
            await idle.Client.TerminateInstanceAsync("q:0:0", new TerminateInstanceOptions("enough"));
            Assert.Equal(0, (await idle.Client.PurgeInstanceAsync("q:0:0")).PurgedInstanceCount); // q has yet to hear of it
            Assert.Equal(0, (await idle.Client.PurgeInstanceAsync("q", new PurgeInstanceOptions(Recursive: true))).PurgedInstanceCount);
            Assert.Equal(2, (await idle.Client.PurgeInstanceAsync("p", new PurgeInstanceOptions(Recursive: true))).PurgedInstanceCount);
            Assert.Equal(["q", "q:0:0"], (await idle.Client.GetAllInstancesAsync().ToListAsync()).Select(each => each.InstanceId).Order());
        }

        await using var next = await StartAsync(open);
        Assert.Contains("was terminated", (await next.EndOf("q")).FailureDetails!.ErrorMessage);
    }

    [Fact]
    public async Task While_a_host_has_the_store_nobody_else_may_steer()
    {
        var open = OpenStore(true);
        await using var host = await StartAsync(open);
        await Assert.ThrowsAsync<StateFolderInUseException>(() => IdleAsync(open));
    }

    [Fact]
    public async Task Nothing_is_started_and_nothing_is_waited_for()
    {
        var open = OpenStore(false);
        await using (var host = await StartAsync(open))
        {
            await host.RunAsync("Echo", 3, "done");
            await WaitingAsync(host);
        }

        await using var idle = await IdleAsync(open);
        await Assert.ThrowsAsync<InvalidOperationException>(() => idle.Client.ScheduleNewOrchestrationInstanceAsync("O"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => idle.Client.WaitForInstanceCompletionAsync("o"));
        Assert.Equal(3, (await idle.Client.WaitForInstanceCompletionAsync("done", true)).ReadOutputAs<int>());
        Assert.Equal("o", (await idle.Client.WaitForInstanceStartAsync("o")).InstanceId);
        await idle.Client.SuspendInstanceAsync("nobody");
        Assert.Null(await idle.Client.GetInstanceAsync("nobody"));
    }

    private Func<IHistoryStore> OpenStore(bool onDisk)
    {
        var memory = new MemoryHistoryStore();
        return () => onDisk ? new SqliteHistoryStore(Path.Combine(folder.Path, "history.db")) : memory;
    }

    private async Task WaitingAsync(TestHost host)
    {
        await host.Client.ScheduleNewOrchestrationInstanceAsync("O", 1, new StartOrchestrationOptions("o"));
        await Until.True(async () => (await host.Client.GetHistoryAsync("o")).Any(each => each.Type == HistoryEventType.TaskCompleted), "the first activity");
    }

    private Task<IdleInstances> IdleAsync(Func<IHistoryStore> open) => IdleInstances.OpenAsync(Tasks, options => options.CreateStore = _ => open(), default);

    private Task<TestHost> StartAsync(Func<IHistoryStore> open) => TestHost.StartAsync(Tasks, configure: options => options.CreateStore = _ => open());

    private void Tasks(DurableTaskRegistry tasks) => tasks
        .AddActivityFunc<int, int>("Count", (_, n) =>
        {
            Interlocked.Increment(ref activities);
            return Task.FromResult(n + 1);
        })
        .AddOrchestratorFunc<int, int>("Echo", (_, n) => Task.FromResult(n))
        .AddOrchestratorFunc<int, int>("Wait", (context, _) => context.WaitForExternalEvent<int>("go"))
        .AddOrchestratorFunc<int, int>("Parent", (context, _) => context.CallSubOrchestratorAsync<int>("Wait"))
        .AddOrchestratorFunc<int, int>("O", async (context, n) =>
        {
            var first = await context.CallActivityAsync<int>("Count", n);
            return await context.CallActivityAsync<int>("Count", first - 1 + await context.WaitForExternalEvent<int>("go"));
        });
}
