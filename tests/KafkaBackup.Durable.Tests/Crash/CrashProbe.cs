using System.Diagnostics;
using KafkaBackup.Durable.Stores.Sqlite;
using KafkaBackup.Durable.Testing.Crash;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KafkaBackup.Durable.Tests.Crash;

/// <summary>The process that is killed: a host over a SQLite file, which runs a workflow to its end and prints the result. It can kill itself at a commit.</summary>
internal static class CrashProbe
{
    public const string FolderVariable = "DURABLE_CRASH_PROBE_FOLDER";
    public const string WorkflowVariable = "DURABLE_CRASH_PROBE_WORKFLOW";
    public const string PointVariable = "DURABLE_CRASH_PROBE_POINT";

    public static readonly Journey.Plan LongPlan = new(5, 8, TimeSpan.FromMilliseconds(20));
    private static readonly Journey.Plan ShortPlan = new(2, 2, TimeSpan.FromMilliseconds(1));

    public static string StorePath(string folder) => Path.Combine(folder, "state", "history.db");

    public static async Task<int> RunAsync(string folder)
    {
        var workflow = Environment.GetEnvironmentVariable(WorkflowVariable)!;
        var point = Environment.GetEnvironmentVariable(PointVariable);
        var effects = new EffectLog(folder);
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true });
        builder.Services.AddDurableTasks(
            tasks =>
            {
                Journey.Add(tasks, effects, point is null ? LongPlan : ShortPlan);
                tasks.AddActivityFunc<string, string>("HangOnce", async (context, _) =>
                {
                    effects.Add($"HangOnce {context.Attempt}");
                    if (context.Attempt == 1)
                        await Task.Delay(Timeout.Infinite, context.CancellationToken);
                    return $"attempt {context.Attempt}";
                });
                tasks.AddOrchestratorFunc<string, string>("Hanging", (context, _) => context.CallActivityAsync<string>("HangOnce"));
            },
            options =>
            {
                options.SqlitePath = StorePath(folder);
                if (point is null)
                    return;
                options.MaxConcurrentActivities = 1;
                options.CreateStore = _ => new StoppingStore(new SqliteHistoryStore(StorePath(folder)), StopPoint.Parse(point), Process.GetCurrentProcess().Kill);
            });
        using var host = builder.Build();
        await host.StartAsync();
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        var end = workflow == "Journey" ? await Journey.TravelAsync(client, default) : await RunAsync(client, workflow);
        Console.WriteLine($"{end.RuntimeStatus} {end.SerializedOutput}");
        await host.StopAsync();
        return 0;
    }

    private static async Task<OrchestrationMetadata> RunAsync(DurableTaskClient client, string workflow)
    {
        var id = await client.ScheduleNewOrchestrationInstanceAsync(workflow, null, new StartOrchestrationOptions(workflow.ToLowerInvariant()));
        return await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
    }
}
