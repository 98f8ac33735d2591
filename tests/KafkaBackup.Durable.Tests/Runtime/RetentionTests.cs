using System.Collections.Concurrent;
using KafkaBackup.Durable.Replay;
using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Durable.Tests.Runtime;

public sealed class RetentionTests
{
    private readonly FakeTimeProvider clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryHistoryStore store = new();
    private readonly Archive archive = new();

    [Fact]
    public async Task What_is_older_than_the_age_is_archived_and_cleared_away_and_what_lives_is_kept()
    {
        await using var host = await StartAsync(new(maxAge: TimeSpan.FromDays(30), maxCount: null));
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("alive"));
        await host.RunAsync("Parent", 2, "old");
        clock.Advance(TimeSpan.FromDays(29));
        await host.RunAsync("Echo", 1, "young");
        Assert.Equal(5, (await Ids(host)).Count);

        clock.Advance(TimeSpan.FromDays(2));
        await Until.True(async () => (await Ids(host)).Count == 2, "the clearing");

        Assert.Equal(["young", "alive"], await Ids(host));
        Assert.Equal(["old", "old:0:0", "old:0:1"], archive.Kept.Keys.Order());
        // What was archived replays.
        var old = RecordedHistory.Read(archive.Kept["old"]);
        Assert.Equal((OrchestrationRuntimeStatus.Completed, "Parent"), (old.Status, old.Name));
        Assert.Equal("2", OrchestrationReplayer.ReplayEveryBeginning(() => new ParentCode(), old).Output);
    }

    [Fact]
    public async Task Of_any_number_the_newest_are_kept()
    {
        await using (var host = await StartAsync(null))
        {
            for (var i = 0; i < 10; i++)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                await host.RunAsync("Echo", i, $"i{i}");
            }
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("alive"));
            Assert.Equal(11, (await Ids(host)).Count);
        }

        // It is done at start.
        await using var next = await StartAsync(new(null, maxCount: 3));
        await Until.True(async () => (await Ids(next)).Count == 4, "the clearing");

        Assert.Equal(["alive", "i9", "i8", "i7"], await Ids(next));
        Assert.Equal(7, archive.Kept.Count);
    }

    [Fact]
    public async Task The_children_of_a_parent_that_runs_for_ever_are_cleared_away_as_well()
    {
        await using var host = await StartAsync(new(null, maxCount: 4));
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Eternal", 0, new StartOrchestrationOptions("e"));
        for (var round = 0; round < 20; round++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await host.Client.RaiseEventAsync("e", "next").Bounded();
            await Until.True(async () => (await host.Client.GetInstanceAsync("e", true))!.ReadInputAs<int>() > round, "the next round");
        }
        Assert.Equal(21, (await Ids(host)).Count);

        clock.Advance(TimeSpan.FromMinutes(10));
        await Until.True(async () => (await Ids(host)).Count == 5, "the clearing");

        Assert.Equal(["e:19:1", "e:18:1", "e:17:1", "e:16:1", "e"], await Ids(host));
    }

    [Fact]
    public async Task What_can_not_be_archived_is_kept_until_it_can()
    {
        archive.IsBroken = true;
        await using var host = await StartAsync(new(null, maxCount: 0));
        await host.RunAsync("Echo", 1, "a");
        clock.Advance(TimeSpan.FromMinutes(10));
        await Until.True(() => archive.Refusals > 0, "an attempt");
        Assert.Equal(["a"], await Ids(host));

        archive.IsBroken = false;
        clock.Advance(TimeSpan.FromMinutes(10));
        await Until.True(async () => (await Ids(host)).Count == 0, "the clearing");

        Assert.Equal(["a"], archive.Kept.Keys);
    }

    [Fact]
    public void Limits_below_zero_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetentionPolicy(TimeSpan.FromTicks(-1), null));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetentionPolicy(null, -1));
    }

    private static async Task<IReadOnlyList<string>> Ids(TestHost host) => [.. (await host.Client.GetAllInstancesAsync().ToListAsync()).Select(each => each.InstanceId)];

    private Task<TestHost> StartAsync(RetentionPolicy? policy) => TestHost.StartAsync(
        tasks => tasks
            .AddOrchestratorFunc<int, int>("Echo", (_, n) => Task.FromResult(n))
            .AddOrchestratorFunc<int, int>("Wait", (context, _) => context.WaitForExternalEvent<int>("go"))
            .AddOrchestrator<ParentCode>("Parent")
            .AddOrchestratorFunc<int, int>("Eternal", async (context, round) =>
            {
                await context.WaitForExternalEvent<object>("next");
                await context.CreateTimer(TimeSpan.Zero, CancellationToken.None);
                await context.CallSubOrchestratorAsync<int>("Echo", round);
                context.ContinueAsNew(round + 1);
                return 0;
            }),
        store,
        options =>
        {
            options.TimeProvider = clock;
            options.Retention = policy;
        },
        services => services.AddSingleton<IHistoryArchive>(archive));

    private sealed class ParentCode : TaskOrchestrator<int, int>
    {
        public override async Task<int> RunAsync(TaskOrchestrationContext context, int input) =>
            (await Task.WhenAll(Enumerable.Range(0, input).Select(_ => context.CallSubOrchestratorAsync<int>("Echo", 1)))).Sum();
    }

    private sealed class Archive : IHistoryArchive
    {
        private int refusals;

        public ConcurrentDictionary<string, byte[]> Kept { get; } = new();

        public bool IsBroken { get; set; }

        public int Refusals => refusals;

        public Task<bool> KeepAsync(RecordedHistory history, CancellationToken cancellation)
        {
            if (IsBroken)
            {
                Interlocked.Increment(ref refusals);
                throw new IOException("no such place");
            }
            Kept[history.InstanceId] = history.Write();
            return Task.FromResult(true);
        }
    }
}
