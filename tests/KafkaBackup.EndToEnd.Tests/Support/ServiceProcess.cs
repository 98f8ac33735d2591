using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>The service as a process of its own, on a free port, and a client that knows nothing of it but HTTP.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ToolProcess _process;

    private ServiceProcess(ToolProcess process)
    {
        _process = process;
        var line = process.WaitForLine("listens on");
        Http = new HttpClient { BaseAddress = new Uri(line[(line.LastIndexOf(' ') + 1)..]) };
    }

    public HttpClient Http { get; }

    public string Output => _process.Output;

    public string Errors => _process.Errors;

    /// <summary>Starts it in a folder, on the state below it; settings are the section KafkaBackup of a local.settings.json.</summary>
    public static ServiceProcess Start(string folder, IReadOnlyDictionary<string, string> settings, params string[] options) =>
        new(KafkaBackupCli.Start(folder, Prepare(folder, settings, options)));

    /// <summary>The same, such that its disk can be full (<see cref="FillDisk"/>).</summary>
    public static ServiceProcess StartFillable(string folder, IReadOnlyDictionary<string, string> settings, params string[] options) =>
        new(FullDisk.Start(folder, Prepare(folder, settings, options)));

    /// <summary>Starts it in a folder that is configured already, on the state that the configuration says.</summary>
    public static ServiceProcess StartConfigured(string folder) => new(KafkaBackupCli.Start(folder, ["host", "--listen", "http://127.0.0.1:0"]));

    /// <summary>Writes the section KafkaBackup of a local.settings.json into a folder.</summary>
    public static void Configure(string folder, IReadOnlyDictionary<string, string> settings)
    {
        Directory.CreateDirectory(folder);
        var values = settings.ToDictionary(s => $"KafkaBackup:{s.Key}", s => s.Value);
        File.WriteAllText(Path.Combine(folder, "local.settings.json"), JsonSerializer.Serialize(new { IsEncrypted = false, Values = values }));
    }

    public void FillDisk() => FullDisk.Fill(_process);

    public void FreeDisk() => FullDisk.Free(_process);

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Http.GetAsync(path);
        return await JsonAsync(response, HttpStatusCode.OK);
    }

    /// <summary>Starts an orchestration; the links that came back.</summary>
    public async Task<JsonElement> StartAsync(string kind, object request)
    {
        using var response = await Http.PostAsJsonAsync($"api/{kind}", request);
        return await JsonAsync(response, HttpStatusCode.Accepted);
    }

    /// <summary>The status of an instance once a condition holds.</summary>
    public async Task<JsonElement> PollAsync(string statusUri, Func<JsonElement, bool> until)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var status = await GetAsync(statusUri);
            if (until(status))
                return status;
            Assert.True(clock.Elapsed < Patience, $"it did not come to that: {status}");
            await Task.Delay(50);
        }
    }

    public Task<JsonElement> EndAsync(JsonElement links) =>
        PollAsync(links.Text("statusQueryGetUri"), s => s.Text("runtimeStatus") is "Completed" or "Failed" or "Terminated");

    public Task KillAsync() => _process.KillAsync();

    public Task<int> TerminateAsync() => _process.TerminateAsync();

    public Task<int> WaitAsync() => _process.WaitAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
    }

    private static string[] Prepare(string folder, IReadOnlyDictionary<string, string> settings, string[] options)
    {
        Configure(folder, settings);
        return ["host", "--listen", "http://127.0.0.1:0", "--state", Path.Combine(folder, "state"), .. options];
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{response.RequestMessage!.RequestUri} answered {(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}

/// <summary>Reads JSON in few words.</summary>
internal static class JsonReading
{
    public static string Text(this JsonElement json, string property) => json.GetProperty(property).GetString()!;

    public static long Number(this JsonElement json, string property) => json.GetProperty(property).GetInt64();
}
