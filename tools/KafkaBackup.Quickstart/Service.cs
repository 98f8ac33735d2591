using System.Net.Http.Json;
using System.Text.Json;
using KafkaBackup.Testing.Processes;

namespace KafkaBackup.Quickstart;

/// <summary>The service, as a process of its own, and the few requests that the story makes.</summary>
internal sealed class Service : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly ToolProcess _process;
    private readonly HttpClient _http;

    private Service(ToolProcess process, string url)
    {
        (_process, Url) = (process, url);
        _http = new HttpClient { BaseAddress = new Uri(url) };
    }

    public string Url { get; }

    public static async Task<Service> StartAsync(string folder, string broker)
    {
        var configuration = new
        {
            KafkaBackup = new
            {
                Clusters = new { demo = new Dictionary<string, string> { ["bootstrap.servers"] = broker } },
                Repositories = new { demo = $"file:{Path.Combine(folder, "repository")}" },
            },
        };
        var file = Path.Combine(folder, "quickstart.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(configuration));
        var process = KafkaBackupCli.Start(folder, "host", "--listen", "http://127.0.0.1:0", "--state", Path.Combine(folder, "state"), "--config", file);
        var line = process.WaitForLine("listens on");
        return new Service(process, line[(line.LastIndexOf(' ') + 1)..].TrimEnd('/'));
    }

    /// <summary>Starts an orchestration and polls it to its end; returns what it came to, in one line.</summary>
    public async Task<string> RunAsync(string kind, object request)
    {
        using var started = await _http.PostAsJsonAsync($"api/{kind}", request);
        started.EnsureSuccessStatusCode();
        var status = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("statusQueryGetUri").GetString();
        var end = DateTime.UtcNow + Patience;
        while (DateTime.UtcNow < end)
        {
            var instance = await _http.GetFromJsonAsync<JsonElement>(status);
            var state = instance.GetProperty("runtimeStatus").GetString();
            if (state == "Completed")
                return $"{instance.GetProperty("instanceId")}: {Describe(instance.GetProperty("output"))}";
            if (state is "Failed" or "Terminated")
                throw new InvalidOperationException($"{instance}");
            await Task.Delay(200);
        }

        throw new TimeoutException($"{kind} did not end within {Patience}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.TerminateAsync();
        await _process.DisposeAsync();
    }

    private static string Describe(JsonElement output) =>
        $"epoch {output.GetProperty("epoch")}, {output.GetProperty("records")} records in {output.GetProperty("partitions")} partitions";
}
