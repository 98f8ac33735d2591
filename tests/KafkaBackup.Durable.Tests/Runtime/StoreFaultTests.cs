using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace KafkaBackup.Durable.Tests.Runtime;

/// <summary>A store that fails for a while delays work and loses none, and it is told what is wrong while it lasts.</summary>
public sealed class StoreFaultTests
{
    private const int Width = 12;

    [Fact]
    public async Task An_outage_is_told_while_it_lasts_and_no_longer_and_every_activity_runs_once()
    {
        var store = new BreakableStore(new MemoryHistoryStore());
        var runs = new Runs();
        await using var host = await TestHost.StartAsync(runs.Add, store);
        var health = host.Services.GetRequiredService<HistoryStoreHealth>();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("O", null, new StartOrchestrationOptions("o"));
        await Until.True(() => runs.Count >= 1, "the first activity");
        Assert.Null(health.Trouble);

        store.Fault = "the cable is cut";
        runs.LetGo();
        await Until.True(() => store.Failures > 10, "commits that fail");

        var trouble = health.Trouble!;
        Assert.True(trouble.StopsWork);
        Assert.Contains("the cable is cut", trouble.ToString());
        Assert.True(trouble.Failures > 1 && trouble.Since <= trouble.LastSeen);
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.Client.GetInstanceAsync("o"))!.RuntimeStatus);
        // Long enough for the instance to be forgotten and loaded again, with what was in flight.
        await Until.True(() => store.Failures > 18, "commits that fail for long");

        store.Fault = null;
        Assert.Equal(Width, (await host.EndOf("o")).ReadOutputAs<int>());
        Assert.Null(health.Trouble);
        Assert.Equal(Width, runs.Count);
    }

    [Fact]
    public async Task A_store_that_can_not_even_be_read_delays_as_well()
    {
        var store = new BreakableStore(new MemoryHistoryStore());
        var runs = new Runs();
        await using var host = await TestHost.StartAsync(runs.Add, store);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("O", null, new StartOrchestrationOptions("o"));
        await Until.True(() => runs.Count >= 1, "the first activity");

        store.FailsToRead = true;
        store.Fault = "no route";
        runs.LetGo();
        await Until.True(() => store.Failures > 25, "calls that fail");
        await Assert.ThrowsAsync<IOException>(() => host.Client.GetInstanceAsync("o"));
        Assert.Contains("no route", host.Services.GetRequiredService<HistoryStoreHealth>().Trouble!.Message);

        store.Fault = null;
        Assert.Equal(Width, (await host.EndOf("o")).ReadOutputAs<int>());
        Assert.Equal(Width, runs.Count);
    }

    [Fact]
    public async Task A_full_disk_delays_and_loses_nothing()
    {
        using var folder = new TemporaryFolder();
        var disk = SmallDisk.TryMount(folder.Path, megabytes: 3);
        Assert.SkipUnless(disk is not null, "no small tmpfs can be mounted here");
        using (disk)
        {
            var runs = new Runs();
            await using var host = await TestHost.StartAsync(runs.Add, configure: options => (options.CreateStore, options.SqlitePath) = (null, Path.Combine(folder.Path, "history.db")));
            var health = host.Services.GetRequiredService<HistoryStoreHealth>();
            await host.Client.ScheduleNewOrchestrationInstanceAsync("O", null, new StartOrchestrationOptions("o"));
            await Until.True(() => runs.Count >= 1, "the first activity");

            disk!.Fill();
            runs.LetGo(payload: 40_000);
            await Until.True(() => health.Trouble is not null, "the full disk to be noticed");
            Assert.Contains("full", health.Trouble!.Message);
            Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.Client.GetInstanceAsync("o"))!.RuntimeStatus);

            disk.Free();
            Assert.Equal(Width, (await host.EndOf("o")).ReadOutputAs<int>());
            Assert.Null(health.Trouble);
            Assert.Equal(Width, runs.Count);
        }
    }

    /// <summary>A fan-out whose activities wait until they are let go, and count how often they run.</summary>
    private sealed class Runs
    {
        private readonly TaskCompletionSource<int> go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int count;

        public int Count => count;

        public void LetGo(int payload = 1) => go.SetResult(payload);

        public void Add(DurableTaskRegistry tasks) => tasks
            .AddActivityFunc<int, string>("Count", async (_, _) =>
            {
                Interlocked.Increment(ref count);
                return new('x', await go.Task);
            })
            .AddOrchestratorFunc<int, int>("O", async (context, _) =>
                (await Task.WhenAll(Enumerable.Range(0, Width).Select(n => context.CallActivityAsync<string>("Count", n)))).Length);
    }

    private sealed class BreakableStore(IHistoryStore inner) : StoreDecorator(inner)
    {
        private int failures;
        private volatile string? fault;

        public string? Fault
        {
            get => fault;
            set => fault = value;
        }

        public bool FailsToRead { get; set; }

        public int Failures => failures;

        public override async Task<InstanceRecord> CommitAsync(HistoryCommit commit)
        {
            Fail();
            return await base.CommitAsync(commit);
        }

        public override async Task<InstanceRecord?> FindAsync(string instanceId, CancellationToken cancellation)
        {
            FailToRead();
            return await base.FindAsync(instanceId, cancellation);
        }

        public override async Task<StoredInstance?> LoadAsync(string instanceId, CancellationToken cancellation)
        {
            FailToRead();
            return await base.LoadAsync(instanceId, cancellation);
        }

        private void FailToRead()
        {
            if (FailsToRead)
                Fail();
        }

        private void Fail()
        {
            if (fault is not { } message)
                return;
            Interlocked.Increment(ref failures);
            throw new IOException(message);
        }
    }
}
