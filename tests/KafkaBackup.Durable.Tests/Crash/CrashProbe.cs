using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KafkaBackup.Durable.Tests.Crash;

/// <summary>The process that is killed: a host over a SQLite file, which runs a workflow to its end and prints the result.</summary>
internal static class CrashProbe
{
    public const string FolderVariable = "DURABLE_CRASH_PROBE_FOLDER";
    public const string WorkflowVariable = "DURABLE_CRASH_PROBE_WORKFLOW";

    public static string StorePath(string folder) => Path.Combine(folder, "state", "history.db");

    public static async Task<int> RunAsync(string folder)
    {
        var workflow = Environment.GetEnvironmentVariable(WorkflowVariable)!;
        var effects = new EffectLog(folder);
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true });
        builder.Services.AddDurableTasks(
            tasks =>
            {
                Journey.Add(tasks, effects, folder);
                tasks.AddActivityFunc<string, string>("HangOnce", async (context, _) =>
                {
                    effects.Add($"HangOnce {context.Attempt}");
                    if (context.Attempt == 1)
                        await Task.Delay(Timeout.Infinite, context.CancellationToken);
                    return $"attempt {context.Attempt}";
                });
                tasks.AddOrchestratorFunc<string, string>("Hanging", (context, _) => context.CallActivityAsync<string>("HangOnce"));
            },
            options => options.SqlitePath = StorePath(folder));
        using var host = builder.Build();
        await host.StartAsync();
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        var id = workflow.ToLowerInvariant();
        await client.ScheduleNewOrchestrationInstanceAsync(workflow, workflow == "Journey" ? new Journey.Progress(0, 0) : null, new StartOrchestrationOptions(id));
        var end = await Until.NotNull(() => StepAsync(client, id), $"the end of {id}");
        Console.WriteLine($"{end.RuntimeStatus} {end.SerializedOutput}");
        await host.StopAsync();
        return 0;
    }

    /// <summary>Raises the event that the workflow's status asks for.</summary>
    private static async Task<OrchestrationMetadata?> StepAsync(DurableTaskClient client, string id)
    {
        var now = await client.GetInstanceAsync(id, getInputsAndOutputs: true);
        if (now is { IsCompleted: true } || now is { IsParked: true })
            return now;
        if (now?.ReadCustomStatusAs<string>() is { } asked)
            await client.RaiseEventAsync(id, asked, int.Parse(asked.AsSpan("go-".Length)));
        return null;
    }
}
