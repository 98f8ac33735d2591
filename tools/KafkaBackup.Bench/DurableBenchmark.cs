using System.Diagnostics;
using KafkaBackup.Durable;
using KafkaBackup.Durable.AzureStorage;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Bench;

/// <summary>Durable tasks on each of their stores: activities and orchestrations a second, replay, memory of what waits, start.</summary>
/// <param name="share">How much of it; 1 takes about two minutes.</param>
internal sealed class DurableBenchmark(double share)
{
    private const int Width = 200;
    private readonly int _activities = Math.Max(Width, (int)(6000 * share) / Width * Width);
    private readonly int _orchestrations = Math.Max(50, (int)(1500 * share));
    private readonly int _waiting = Math.Max(100, (int)(10_000 * share));

    public async Task RunAsync()
    {
        Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}; activities that do nothing, {Width} at once; commits on disk before they count (SQLite: synchronous=FULL); aims in brackets");
        using var folder = new TestFolder();
        await MeasureAsync("memory", options => options.CreateStore = _ => new MemoryHistoryStore(), null);
        await MeasureAsync("SQLite", options => options.SqlitePath = folder["state/history.db"], 3000);
        if (!AzuriteProcess.IsHere)
        {
            Console.WriteLine($"Azurite: {AzuriteProcess.Missing}");
        }
        else
        {
            await using var azurite = AzuriteProcess.Start(folder["azurite"]);
            await MeasureAsync("Azurite", options => options.UseAzureState(new() { ConnectionString = azurite.ConnectionString }, new()), 600);
        }

        using var waiting = new TestFolder();
        await MeasureWaitingAsync(waiting["state/history.db"]);
        foreach (var events in (int[])[10_000, 100_000])
            await MeasureReplayAsync((int)(events * Math.Min(1, share)));
    }

    private async Task MeasureAsync(string store, Action<DurableTaskOptions> configure, int? aim)
    {
        var clock = Stopwatch.StartNew();
        using var host = Build(configure);
        await host.StartAsync();
        var start = clock.Elapsed;
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        await RunAsync(client, "Fan", Width, "warm-up"); // compiles
        clock.Restart();
        await Task.WhenAll(Enumerable.Range(0, _activities / Width).Select(i => RunAsync(client, "Fan", Width, $"fan-{i}")));
        var activities = _activities / clock.Elapsed.TotalSeconds;
        clock.Restart();
        await Task.WhenAll(Enumerable.Range(0, _orchestrations).Select(i => RunAsync(client, "Empty", 0, $"empty-{i}")));
        var orchestrations = _orchestrations / clock.Elapsed.TotalSeconds;
        Console.WriteLine($"{store,-8} start {start.TotalSeconds:0.00} s; {activities,7:N0} activities/s{(aim is { } wanted ? $" [{wanted:N0}]" : "")}; {orchestrations,6:N0} empty orchestrations/s");
        await host.StopAsync();
    }

    /// <summary>What so many instances that wait for an event take up, in a host that has just taken them up.</summary>
    private async Task MeasureWaitingAsync(string path)
    {
        using (var host = Build(options => options.SqlitePath = path))
        {
            await host.StartAsync();
            var client = host.Services.GetRequiredService<DurableTaskClient>();
            await Parallel.ForEachAsync(Enumerable.Range(0, _waiting), async (i, cancellation) =>
                await client.ScheduleNewOrchestrationInstanceAsync("Waiting", i, new StartOrchestrationOptions($"waiting-{i}"), cancellation));
            await host.StopAsync();
        }

        var before = Live();
        var clock = Stopwatch.StartNew();
        using var again = Build(options => options.SqlitePath = path);
        await again.StartAsync();
        // The last one that a scan finds answers when all are there.
        await Parallel.ForEachAsync(Enumerable.Range(0, _waiting), async (i, cancellation) =>
            await again.Services.GetRequiredService<DurableTaskClient>().GetProgressAsync($"waiting-{i}", cancellation));
        var ready = clock.Elapsed;
        Console.WriteLine($"{_waiting:N0} waiting instances: {(Live() - before) / 1048576.0:0} MiB beside what a host has anyway [150 for 10,000]; all in memory {ready.TotalSeconds:0.0} s after the start");
        await again.StopAsync();
    }

    private static long Live() => GC.GetTotalMemory(forceFullCollection: true);

    /// <summary>How long it takes until an instance with a long history, of which the host knows nothing, has been loaded and replayed and has come to its end.</summary>
    private static async Task MeasureReplayAsync(int events)
    {
        var store = new MemoryHistoryStore();
        using var host = Build(options => options.CreateStore = _ => store);
        await host.StartAsync();
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        await ReplayAsync(store, client, "warm-up", 3000); // compiles
        Console.WriteLine($"replay of {events:N0} events, to the end of the instance: {(await ReplayAsync(store, client, "long", events)).TotalMilliseconds:0} ms{(events == 10_000 ? " [50]" : "")}");
        await host.StopAsync();
    }

    private static async Task<TimeSpan> ReplayAsync(MemoryHistoryStore store, DurableTaskClient client, string id, int events)
    {
        var history = LongHistory(events / 3);
        await store.CommitAsync(new(null, new() { Id = id, Name = "Long", Input = $"{events / 3}", Status = OrchestrationRuntimeStatus.Running, Length = history.Count }, history));
        var clock = Stopwatch.StartNew();
        await client.RaiseEventAsync(id, "go", 1);
        var end = await client.WaitForInstanceCompletionAsync(id);
        return end.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? clock.Elapsed
            : throw new InvalidOperationException($"{id} ended {end.RuntimeStatus}: {end.FailureDetails?.ErrorMessage}");
    }

    /// <summary>What an orchestrator leaves that has called so many activities, one after the other.</summary>
    private static List<HistoryEvent> LongHistory(int calls)
    {
        var at = DateTimeOffset.UnixEpoch;
        var history = new List<HistoryEvent>((calls * 3) + 1) { new() { Type = HistoryEventType.ExecutionStarted, Name = "Long", Input = $"{calls}", Timestamp = at } };
        for (var i = 0; i < calls; i++)
        {
            history.Add(new() { Type = HistoryEventType.TaskScheduled, TaskId = i, Name = "Nothing", Input = $"{i}", Timestamp = at });
            history.Add(new() { Type = HistoryEventType.TaskStarted, TaskId = i, Name = "Nothing", Attempt = 1, HostName = "host", Timestamp = at });
            history.Add(new() { Type = HistoryEventType.TaskCompleted, TaskId = i, Name = "Nothing", Attempt = 1, HostName = "host", Output = $"{i}", StartedAt = at, Timestamp = at });
        }

        return history;
    }

    private static async Task RunAsync(DurableTaskClient client, string name, int input, string id)
    {
        await client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(id));
        await client.WaitForInstanceCompletionAsync(id);
    }

    private static IHost Build(Action<DurableTaskOptions> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddDurableTasks(
            tasks => tasks
                .AddActivityFunc<int, int>("Nothing", (_, number) => Task.FromResult(number))
                .AddOrchestratorFunc<int, int>("Empty", (_, number) => Task.FromResult(number))
                .AddOrchestratorFunc<int, int>("Waiting", (context, _) => context.WaitForExternalEvent<int>("go"))
                .AddOrchestratorFunc<int, int>("Fan", async (context, width) =>
                    (await Task.WhenAll(Enumerable.Range(0, width).Select(i => context.CallActivityAsync<int>("Nothing", i)))).Length)
                .AddOrchestratorFunc<int, int>("Long", async (context, calls) =>
                {
                    for (var i = 0; i < calls; i++)
                        await context.CallActivityAsync<int>("Nothing", i);
                    return await context.WaitForExternalEvent<int>("go");
                }),
            options =>
            {
                configure(options);
                options.MaxConcurrentActivities = Width;
            });
        return builder.Build();
    }
}
