using System.Diagnostics;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using Xunit;

namespace KafkaBackup.Durable.Tests.Runtime;

/// <summary>Stops of the host, failures of the store, and other hosts.</summary>
public sealed class RestartTests
{
    private readonly MemoryHistoryStore store = new();

    [Fact]
    public async Task An_activity_that_the_stop_of_the_host_cut_off_runs_again_and_is_no_failure()
    {
        var begun = new TaskCompletionSource();
        void Tasks(DurableTaskRegistry tasks) => tasks
            .AddActivityFunc<int, string>("Long", async (context, _) =>
            {
                begun.TrySetResult();
                if (context.Attempt == 1)
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
                return $"attempt {context.Attempt}";
            })
            .AddOrchestratorFunc<int, string>("O", (context, _) => context.CallActivityAsync<string>("Long"));
        await using (var first = await TestHost.StartAsync(Tasks, store))
        {
            await first.Client.ScheduleNewOrchestrationInstanceAsync("O", null, new StartOrchestrationOptions("o"));
            await begun.Task.Bounded();
        }

        await using var second = await TestHost.StartAsync(Tasks, store, options => options.HostName = "host-2");

        Assert.Equal("attempt 2", (await second.EndOf("o")).ReadOutputAs<string>());
        var history = await second.Client.GetHistoryAsync("o");
        Assert.Equal([(1, "host-1"), (2, "host-2")], history.Where(each => each.Type == HistoryEventType.TaskStarted).Select(each => (each.Attempt, each.HostName!)));
        Assert.DoesNotContain(history, each => each.Type == HistoryEventType.TaskFailed);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_an_activity_that_does_not_heed_it()
    {
        var begun = new TaskCompletionSource();
        var never = new TaskCompletionSource<int>();
        var host = await TestHost.StartAsync(
            tasks => tasks
                .AddActivityFunc<int, int>("Deaf", (_, _) =>
                {
                    begun.TrySetResult();
                    return never.Task;
                })
                .AddOrchestratorFunc<int, int>("O", (context, _) => context.CallActivityAsync<int>("Deaf")),
            store,
            options => options.DrainTimeout = TimeSpan.FromMilliseconds(300));
        await host.Client.ScheduleNewOrchestrationInstanceAsync("O");
        await begun.Task.Bounded();

        var watch = Stopwatch.StartNew();
        await host.DisposeAsync();

        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_result_that_comes_while_the_host_stops_is_kept()
    {
        var begun = new TaskCompletionSource();
        var runs = 0;
        void Tasks(DurableTaskRegistry tasks) => tasks
            .AddActivityFunc<int, int>("Finishing", async (context, _) =>
            {
                begun.TrySetResult();
                var stopping = new TaskCompletionSource();
                using var registration = context.CancellationToken.Register(() => stopping.SetResult());
                await stopping.Task;
                return Interlocked.Increment(ref runs);
            })
            .AddOrchestratorFunc<int, int>("O", (context, _) => context.CallActivityAsync<int>("Finishing"));
        await using (var first = await TestHost.StartAsync(Tasks, store))
        {
            await first.Client.ScheduleNewOrchestrationInstanceAsync("O", null, new StartOrchestrationOptions("o"));
            await begun.Task.Bounded();
        }

        await using var second = await TestHost.StartAsync(Tasks, store);

        Assert.Equal(1, (await second.EndOf("o")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Timers_and_children_and_waits_go_on_after_a_restart()
    {
        static void Tasks(DurableTaskRegistry tasks) => tasks
            .AddOrchestratorFunc<int, string>("Child", (context, _) => context.WaitForExternalEvent<string>("go"))
            .AddOrchestratorFunc<int, string>("Parent", async (context, _) =>
            {
                var timer = context.CreateTimer(TimeSpan.FromSeconds(1), CancellationToken.None);
                var child = await context.CallSubOrchestratorAsync<string>("Child");
                await timer;
                return child;
            });
        await using (var first = await TestHost.StartAsync(Tasks, store))
        {
            await first.Client.ScheduleNewOrchestrationInstanceAsync("Parent", null, new StartOrchestrationOptions("p"));
            await Until.NotNull(() => first.Client.GetInstanceAsync("p:0:1"), "the child");
        }

        await using var second = await TestHost.StartAsync(Tasks, store);
        await second.Client.RaiseEventAsync("p:0:1", "go", "on").Bounded();

        Assert.Equal("on", (await second.EndOf("p")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_store_that_fails_for_a_while_delays_and_loses_nothing()
    {
        var failing = new FailingStore(store, seed: 7, everyNth: 3);
        var runs = 0;
        await using var host = await TestHost.StartAsync(
            tasks => tasks
                .AddActivityFunc<int, int>("Count", (_, n) =>
                {
                    Interlocked.Increment(ref runs);
                    return Task.FromResult(n);
                })
                .AddOrchestratorFunc<int, int>("O", async (context, _) =>
                    (await Task.WhenAll(Enumerable.Range(0, 20).Select(n => context.CallActivityAsync<int>("Count", n)))).Sum()),
            failing);

        var end = await host.RunAsync("O", instanceId: "o");

        Assert.Equal(190, end.ReadOutputAs<int>());
        Assert.True(failing.Failures > 0, "the store never failed");
        Assert.Equal(20, runs);
    }

    [Fact]
    public async Task An_instance_whose_commit_is_fenced_loads_again_and_goes_on()
    {
        await using var host = await TestHost.StartAsync(
            tasks => tasks.AddOrchestratorFunc<int, string>("O", async (context, _) => await context.WaitForExternalEvent<string>("a") + await context.WaitForExternalEvent<string>("b")),
            store);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("O", null, new StartOrchestrationOptions("o"));
        var row = (await store.FindAsync("o", default))!;
        await store.CommitAsync(new(row, row with { Length = row.Length + 1 }, [new() { Type = HistoryEventType.EventRaised, Name = "a", Input = "\"1\"", Timestamp = row.UpdatedAt }]));

        await host.Client.RaiseEventAsync("o", "b", "2").Bounded();

        Assert.Equal("12", (await host.EndOf("o")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Hosts_run_side_by_side_but_not_in_one_state_folder()
    {
        static void Tasks(DurableTaskRegistry tasks) => tasks.AddOrchestratorFunc<int, int>("O", (_, n) => Task.FromResult(n));
        using var folder = new TemporaryFolder();
        void InFolder(DurableTaskOptions options) => (options.CreateStore, options.SqlitePath) = (null, Path.Combine(folder.Path, "history.db"));
        await using (var first = await TestHost.StartAsync(Tasks, configure: InFolder))
        {
            await using var elsewhere = await TestHost.StartAsync(Tasks);
            Assert.Equal((1, 2), ((await first.RunAsync("O", 1)).ReadOutputAs<int>(), (await elsewhere.RunAsync("O", 2)).ReadOutputAs<int>()));

            var refused = await Assert.ThrowsAsync<StateFolderInUseException>(() => TestHost.StartAsync(Tasks, configure: InFolder));
            Assert.Equal(folder.Path, refused.Folder);
        }
        await using var next = await TestHost.StartAsync(Tasks, configure: InFolder);
        Assert.Single(await next.Client.GetAllInstancesAsync().ToListAsync());
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        var services = new Microsoft.Extensions.DependencyInjection.ServiceCollection();

        Assert.Throws<ArgumentOutOfRangeException>(() => services.AddDurableTasks(_ => { }, options => options.MaxConcurrentActivities = 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => services.AddDurableTasks(_ => { }, options => options.HeartbeatInterval = TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => services.AddDurableTasks(_ => { }, options => options.SiloPort = 65536));
    }

    /// <summary>Commits fail now and then: before they are done, or after, which nobody can tell from outside.</summary>
    private sealed class FailingStore(IHistoryStore inner, int seed, int everyNth) : StoreDecorator(inner)
    {
        private readonly Random random = new(seed);
        private int failures;

        public int Failures => failures;

        public override async Task<InstanceRecord> CommitAsync(HistoryCommit commit)
        {
            int dice;
            lock (random)
                dice = random.Next(2 * everyNth);
            if (dice == 0)
                throw Failure();
            var committed = await base.CommitAsync(commit);
            return dice == 1 ? throw Failure() : committed;
        }

        private IOException Failure()
        {
            Interlocked.Increment(ref failures);
            return new("the store is out of order");
        }
    }
}
