using System.Diagnostics;
using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>A plan of local.settings.json makes epochs on its own, and goes on after whatever ended the service.</summary>
public sealed class PlanTests
{
    private const string Topic = "stream";
    private const int Partitions = 2;
    private static readonly string EveryFewSeconds = $"*/{TestSize.Of(3, 10)} * * * * *";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(TestSize.Of(60, 180));

    [Fact]
    public async Task Each_epoch_of_a_plan_adds_what_is_new_and_one_without_news_is_one_small_object()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, Topic, Partitions);
        Topics.Produce(clusters.Source.Address, Topic, Partitions, 0, 100);
        await using var service = StartService(clusters, EveryFewSeconds);

        var first = await EpochAsync(service, 1);
        await EpochAsync(service, 2);
        Topics.Produce(clusters.Source.Address, Topic, Partitions, 100, 170);
        var news = await AwaitAsync(service, epochs => epochs.FirstOrDefault(e => e.Number("epoch") > 1 && e.Number("records") > 0));
        var before = Objects(clusters.Repository);
        var after = await EpochAsync(service, news.Number("epoch") + 1);

        Assert.Equal((100, 70, 0), (first.Number("records"), news.Number("records"), after.Number("records")));
        var added = Objects(clusters.Repository).Except(before).Where(o => !o.Name.StartsWith("locks/", StringComparison.Ordinal)).OrderBy(o => o.Name, StringComparer.Ordinal).ToList();
        var idle = Assert.Single(added, o => o.Name == $"epochs/{news.Number("epoch") + 1:d20}.json");
        Assert.All(added, o => Assert.StartsWith("epochs/", o.Name, StringComparison.Ordinal));
        Assert.InRange(idle.Length, 1, 2048);
        Assert.Equal(0, await service.TerminateAsync());
        AssertOneAtATime(await HistoryAsync(clusters));
    }

    [Fact]
    public async Task A_service_that_is_stopped_and_started_while_records_come_loses_none_and_doubles_none()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, Topic, Partitions);
        using var stop = new CancellationTokenSource();
        var produced = 0;
        var producing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                Topics.Produce(clusters.Source.Address, Topic, Partitions, produced, produced + 50);
                produced += 50;
                await Task.Delay(20);
            }
        });

        long last = 0;
        for (var run = 0; run < 3; run++)
        {
            await using var service = StartService(clusters, EveryFewSeconds);
            last = (await EpochAsync(service, last + 2)).Number("epoch");
            var clock = Stopwatch.StartNew();
            Assert.Equal(0, await service.TerminateAsync());
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"SIGTERM took {clock.Elapsed}");
        }

        await stop.CancelAsync();
        await producing;
        await using (var service = StartService(clusters, EveryFewSeconds))
        {
            await AwaitAsync(service, epochs => epochs.FirstOrDefault(e => e.Number("epoch") > last && e.Number("records") == 0));
            Assert.Equal(0, await service.TerminateAsync());
        }

        Figures.Print($"{produced} records over {Objects(clusters.Repository).Count(o => o.Name.StartsWith("epochs/", StringComparison.Ordinal))} epochs");
        Assert.True((await clusters.RestoreAsync()).Exit == 0);
        var restored = Enumerable.Range(0, Partitions).SelectMany(p => Compare(clusters, p)).ToList();
        Assert.Equal(produced, restored.Count);
        Assert.Equal(0, (await clusters.VerifyAsync()).Exit);
        AssertOneAtATime(await HistoryAsync(clusters));
    }

    [Fact]
    public async Task A_tick_that_was_missed_runs_once_at_the_start_and_one_that_is_to_come_does_not()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, Topic, Partitions);
        Topics.Produce(clusters.Source.Address, Topic, Partitions, 0, 10);
        long epochs;
        await using (var service = StartService(clusters, "* * * * * *"))
        {
            await EpochAsync(service, 1);
            Assert.Equal(0, await service.TerminateAsync());
            epochs = (await HistoryAsync(clusters)).Count;
        }

        await using (var service = StartService(clusters, At(DateTimeOffset.UtcNow.AddHours(1))))
        {
            await AwaitIdleAsync(service);
            Assert.Equal(epochs, EpochCount(clusters));
            Assert.Equal(0, await service.TerminateAsync());
        }

        var missed = DateTimeOffset.UtcNow.AddSeconds(1);
        while (DateTimeOffset.UtcNow < missed.AddSeconds(1))
            await Task.Delay(100);
        await using (var service = StartService(clusters, At(missed)))
        {
            await EpochAsync(service, epochs + 1);
            await AwaitIdleAsync(service);
            Assert.Equal(epochs + 1, EpochCount(clusters));
        }
    }

    [Fact]
    public async Task An_epoch_that_outlasts_its_interval_stays_alone_stops_promptly_and_goes_on_after_a_stop_and_after_a_kill()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, Topic, Partitions);
        Topics.Produce(clusters.Source.Address, Topic, Partitions, 0, 4000, valueBytes: 500);
        string id;
        await using (var service = StartService(clusters, "* * * * * *", ("RateLimit", "300000")))
        {
            id = await InMidEpochAsync(service);
            await Task.Delay(2500); // several ticks pass
            Assert.Equal(1, (await service.GetAsync("api/instances")).GetArrayLength());
            var clock = Stopwatch.StartNew();
            Assert.Equal(0, await service.TerminateAsync());
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"SIGTERM in mid-epoch took {clock.Elapsed}");
        }

        await using (var service = StartService(clusters, "* * * * * *", ("RateLimit", "300000")))
        {
            Assert.Equal(id, await InMidEpochAsync(service));
            await service.KillAsync();
        }

        await using (var service = StartService(clusters, "* * * * * *", ("RateLimit", "300000")))
        {
            var first = await EpochAsync(service, 1);
            Assert.Equal((id, 4000), (first.Text("instance"), first.Number("records")));
            var attempts = (await service.GetAsync($"api/instances/{id}/history")).EnumerateArray()
                .Where(e => e.Text("event") == "TaskStarted" && e.Text("name") == "BackUpPartitions").Max(e => e.Number("attempt"));
            Assert.Equal(3, attempts);
            await EpochAsync(service, 2);
            Assert.Equal(0, await service.TerminateAsync());
        }

        Assert.True((await clusters.RestoreAsync("--epoch", "1")).Exit == 0);
        Assert.Equal(4000, Enumerable.Range(0, Partitions).Sum(p => Compare(clusters, p).Count));
        AssertOneAtATime(await HistoryAsync(clusters));
    }

    [Fact]
    public async Task A_plan_that_is_changed_waits_for_what_it_left_unfinished_before()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, Topic, Partitions);
        Topics.Produce(clusters.Source.Address, Topic, Partitions, 0, 2000, valueBytes: 500);
        await using (var service = StartService(clusters, "continuous", ("RateLimit", "250000")))
        {
            await InMidEpochAsync(service);
            await service.KillAsync();
        }

        await using (var service = StartService(clusters, "continuous", ("RateLimit", "400000")))
        {
            await EpochAsync(service, 2);
            Assert.Equal(0, await service.TerminateAsync());
        }

        AssertOneAtATime(await HistoryAsync(clusters));
    }

    private static ServiceProcess StartService(TwoClusters clusters, string schedule, params (string Key, string Value)[] more) => ServiceProcess.Start(
        Path.Combine(clusters.Folder, "service"),
        new Dictionary<string, string>
        {
            ["Clusters:source:bootstrap.servers"] = clusters.Source.Address,
            ["Repositories:vault"] = $"file:{clusters.Repository}",
            ["Plans:stream:Schedule"] = schedule,
            ["Plans:stream:Cluster"] = "source",
            ["Plans:stream:Repository"] = "vault",
            ["Plans:stream:Topics"] = Topic,
        }.Concat(more.Select(m => KeyValuePair.Create($"Plans:stream:{m.Key}", m.Value))).ToDictionary());

    private static Task<JsonElement> EpochAsync(ServiceProcess service, long number) => AwaitAsync(service, epochs => epochs.FirstOrDefault(e => e.Number("epoch") == number));

    private static async Task<JsonElement> AwaitAsync(ServiceProcess service, Func<IEnumerable<JsonElement>, JsonElement> find)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            using var response = await service.Http.GetAsync("api/epochs");
            var text = await response.Content.ReadAsStringAsync();
            if (response.IsSuccessStatusCode && find(JsonDocument.Parse(text).RootElement.EnumerateArray()) is { ValueKind: JsonValueKind.Object } found)
                return found;
            Assert.True(clock.Elapsed < Patience, $"that epoch did not come: {text}\n{service.Output}{service.Errors}");
            await Task.Delay(100);
        }
    }

    /// <summary>Waits until the plan says when it runs next, and a moment longer.</summary>
    private static async Task AwaitIdleAsync(ServiceProcess service)
    {
        var clock = Stopwatch.StartNew();
        while (!service.Output.Contains("next epoch at", StringComparison.Ordinal))
        {
            Assert.True(clock.Elapsed < Patience, service.Output);
            await Task.Delay(50);
        }

        await Task.Delay(1500);
        await service.PollAsync("api/instances?runtimeStatus=Running,Pending", list => list.GetArrayLength() == 0);
    }

    private static async Task<string> InMidEpochAsync(ServiceProcess service)
    {
        var running = await service.PollAsync("api/instances?runtimeStatus=Running", list => list.GetArrayLength() > 0);
        var id = running[0].Text("instanceId");
        await service.PollAsync($"api/instances/{id}", s =>
            s.TryGetProperty("progress", out var progress) && progress.EnumerateArray().Any(p => p.TryGetProperty("state", out var state) && state.Number("bytes") > 0));
        return id;
    }

    private static IReadOnlyList<SeenRecord> Compare(TwoClusters clusters, int partition)
    {
        var restored = Witness.ReadAll(clusters.Target.Address, Topic, partition);
        Assert.Equal(Witness.ReadAll(clusters.Source.Address, Topic, partition), restored);
        return restored;
    }

    /// <summary>Once a day, at this second of it.</summary>
    private static string At(DateTimeOffset time) => $"{time.Second} {time.Minute} {time.Hour} * * *";

    private static long EpochCount(TwoClusters clusters) => Directory.GetFiles(Path.Combine(clusters.Repository, "epochs"), "*.json").Length;

    private static HashSet<(string Name, long Length)> Objects(string repository) =>
        [.. Directory.EnumerateFiles(repository, "*", SearchOption.AllDirectories).Where(f => !Path.GetFileName(f).StartsWith('.'))
            .Select(f => (Path.GetRelativePath(repository, f), new FileInfo(f).Length))];

    /// <summary>What ran when, as the command line reads it from the stopped service's state.</summary>
    private static async Task<IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)>> HistoryAsync(TwoClusters clusters)
    {
        var listed = await KafkaBackupCli.RunAsync(clusters.Folder, "instances", "--state", Path.Combine(clusters.Folder, "service", "state"), "--json");
        return [.. JsonDocument.Parse(listed.Output).RootElement.EnumerateArray()
            .Select(i => (From: i.GetProperty("createdTime").GetDateTimeOffset(), To: i.GetProperty("lastUpdatedTime").GetDateTimeOffset()))
            .OrderBy(i => i.From)];
    }

    private static void AssertOneAtATime(IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> instances)
    {
        Assert.True(instances.Count > 1);
        foreach (var (earlier, later) in instances.Zip(instances.Skip(1)))
            Assert.True(earlier.To <= later.From, $"two at once: {earlier} {later}");
    }
}
