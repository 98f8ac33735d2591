using KafkaBackup.Durable.Runtime;
using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Durable.Tests.Runtime;

public sealed class PurgeTests
{
    private readonly FakeTimeProvider clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryHistoryStore store = new();

    [Fact]
    public async Task A_filter_purges_what_has_ended_and_fits_and_nothing_else()
    {
        await using var host = await StartAsync();
        await host.RunAsync("Echo", 1, "early");
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("early-alive"));
        clock.Advance(TimeSpan.FromHours(1));
        await host.RunAsync("Echo", 1, "later");
        await host.RunAsync("Echo", -1, "later-failed");
        clock.Advance(TimeSpan.FromHours(1));
        await host.RunAsync("Echo", 1, "last");

        var created = new PurgeInstancesFilter(CreatedFrom: clock.GetUtcNow().AddMinutes(-90), CreatedTo: clock.GetUtcNow().AddMinutes(-30));
        Assert.Equal(1, (await host.Client.PurgeAllInstancesAsync(created with { Statuses = [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Running] }).Bounded()).PurgedInstanceCount);
        Assert.Equal(["last", "later", "early", "early-alive"], await Ids(host));
        Assert.Equal(1, (await host.Client.PurgeAllInstancesAsync(created).Bounded()).PurgedInstanceCount);
        Assert.Equal(2, (await host.Client.PurgeAllInstancesAsync(new()).Bounded()).PurgedInstanceCount);
        Assert.Equal(["early-alive"], await Ids(host));
    }

    [Fact]
    public async Task A_child_that_its_parent_still_waits_for_is_kept()
    {
        // The child has ended, and its word to its parent was lost.
        var now = clock.GetUtcNow();
        HistoryEvent start = new() { Type = HistoryEventType.ExecutionStarted, Name = "Parent", Timestamp = now };
        HistoryEvent call = new() { Type = HistoryEventType.SubOrchestrationInstanceCreated, Name = "Wait", TaskId = 0, InstanceId = "p:0:0", Timestamp = now };
        await store.CommitAsync(new(null, new() { Id = "p", Name = "Parent", Status = OrchestrationRuntimeStatus.Running, Length = 2 }, [start, call]));
        await store.CommitAsync(new(null, new() { Id = "p:0:0", Name = "Wait", Status = OrchestrationRuntimeStatus.Completed, Output = "7", Parent = new("p", "Parent", 0, 0) }, []));
        var purge = new InstancePurge(store, (id, _) => throw new InvalidOperationException($"{id} is still waited for"));

        Assert.Equal(0, await purge.InstanceAsync("p:0:0", false, default));
        Assert.Equal(0, await purge.AllAsync(new(), true, default));

        await using var host = await StartAsync();
        Assert.Equal(7, (await host.EndOf("p")).ReadOutputAs<int>());
        Assert.Equal(1, (await host.Client.PurgeInstanceAsync("p:0:0").Bounded()).PurgedInstanceCount);
    }

    [Fact]
    public async Task A_recursive_termination_reaches_a_child_whose_start_was_lost_on_the_way()
    {
        await using var host = await StartAsync();
        // The history of a parent that has asked for its child, which never came to be.
        var start = new HistoryEvent { Type = HistoryEventType.ExecutionStarted, Name = "Wait", Timestamp = clock.GetUtcNow() };
        var call = new HistoryEvent { Type = HistoryEventType.SubOrchestrationInstanceCreated, Name = "Wait", TaskId = 0, InstanceId = "p:0:0", Timestamp = clock.GetUtcNow() };
        var ended = new HistoryEvent { Type = HistoryEventType.ExecutionTerminated, Timestamp = clock.GetUtcNow() };
        await store.CommitAsync(new(null, new() { Id = "p", Name = "Parent", Status = OrchestrationRuntimeStatus.Terminated, Length = 3 }, [start, call, ended]));

        await host.Client.As("an operator").TerminateInstanceAsync("p", new TerminateInstanceOptions("enough", Recursive: true)).Bounded();

        var child = (await host.Client.GetInstanceAsync("p:0:0", true))!;
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "enough"), (child.RuntimeStatus, child.ReadOutputAs<string>()));
        Assert.Equal(
            [(HistoryEventType.ExecutionStarted, null), (HistoryEventType.ExecutionTerminated, "an operator")],
            (await host.Client.GetHistoryAsync("p:0:0")).Select(each => (each.Type, each.RequestedBy)));
    }

    private static async Task<IEnumerable<string>> Ids(TestHost host) => (await host.Client.GetAllInstancesAsync().ToListAsync()).Select(each => each.InstanceId);

    private Task<TestHost> StartAsync() => TestHost.StartAsync(
        tasks => tasks
            .AddOrchestratorFunc<int, int>("Echo", (_, n) => n < 0 ? throw new ArgumentException("negative") : Task.FromResult(n))
            .AddOrchestratorFunc<int, int>("Wait", (context, _) => context.WaitForExternalEvent<int>("go"))
            .AddOrchestratorFunc<int, int>("Parent", (context, _) => context.CallSubOrchestratorAsync<int>("Wait")),
        store,
        options => options.TimeProvider = clock);
}
