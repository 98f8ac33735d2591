using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>A backup and a restore through HTTP alone, against a service that runs as a process of its own.</summary>
public sealed class HttpTests : IAsyncLifetime
{
    private const string Secret = "marker-that-must-not-show";
    private const int Records = 3000;
    private TwoClusters _clusters = null!;
    private ServiceProcess _service = null!;

    private string ServiceFolder => Path.Combine(_clusters.Folder, "service");

    public async ValueTask InitializeAsync()
    {
        _clusters = TwoClusters.Start();
        await Topics.CreateAsync(_clusters.Source.Address, "orders", 3);
        Topics.Produce(_clusters.Source.Address, "orders", 3, 0, Records, valueBytes: 200);
        await Witness.CommitAsync(_clusters.Source.Address, "billing", new Confluent.Kafka.TopicPartitionOffset("orders", 1, 400));
        _service = ServiceProcess.Start(ServiceFolder, new Dictionary<string, string>
        {
            ["Clusters:source:bootstrap.servers"] = _clusters.Source.Address,
            ["Clusters:source:client.id"] = Secret,
            ["Clusters:target:bootstrap.servers"] = _clusters.Target.Address,
            ["Clusters:target:client.id"] = Secret,
            ["Repositories:vault"] = $"file:{_clusters.Repository}",
            ["Plans:yearly:Schedule"] = "0 0 0 1 1 *",
            ["Plans:yearly:Cluster"] = "source",
            ["Plans:yearly:Repository"] = "vault",
            ["Plans:yearly:Topics"] = "orders, pay*",
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await _clusters.DisposeAsync();
    }

    [Fact]
    public async Task A_backup_and_a_restore_are_started_watched_and_audited_through_HTTP_alone_and_no_answer_holds_a_connection_property()
    {
        using var accepted = await _service.Http.PostAsJsonAsync("api/backups", new { cluster = "source", repository = "vault", topics = new[] { "orders" }, rateLimit = 250_000 });
        var links = await accepted.Content.ReadFromJsonAsync<JsonElement>();
        AssertLinks(accepted, links);

        var running = await _service.PollAsync(links.Text("statusQueryGetUri"), s =>
            s.TryGetProperty("progress", out var p) && p.EnumerateArray().Any(a => a.TryGetProperty("state", out var state) && state.Number("done") > 0));
        Assert.Equal("Running", running.Text("runtimeStatus"));
        Assert.Equal("writing segments", running.Text("customStatus"));
        Assert.All(running.GetProperty("progress").EnumerateArray(), p => Assert.Equal("BackUpPartitions", p.Text("activity")));

        var done = await _service.EndAsync(links);
        Assert.Equal("Completed", done.Text("runtimeStatus"));
        Assert.Equal("complete", done.Text("customStatus"));
        Assert.Equal("orders", done.GetProperty("input").GetProperty("topics")[0].GetString());
        Assert.Equal(Records, done.GetProperty("output").Number("records"));
        Assert.True(done.GetProperty("lastUpdatedTime").GetDateTimeOffset() > done.GetProperty("createdTime").GetDateTimeOffset());
        await AssertAuditTrailAsync(links, ["OpenEpoch", "CaptureGroups", "FixCut", "BackUpPartitions", "CaptureGroups", "SealEpoch"]);

        var restore = await _service.StartAsync("restores", new { cluster = "target", repository = "vault", epoch = 1 });
        var restored = await _service.EndAsync(restore);
        Assert.True(restored.Text("runtimeStatus") == "Completed", restored.ToString());
        Assert.Equal(Records, restored.GetProperty("output").Number("records"));
        await AssertAuditTrailAsync(restore, ["PlanRestore", "PrepareTopics", "RestorePartitions", "TranslateOffsets", "CommitOffsets", "ConfigureTopics", "WriteReport"]);
        for (var partition = 0; partition < 3; partition++)
            Assert.Equal(Witness.ReadAll(_clusters.Source.Address, "orders", partition), Witness.ReadAll(_clusters.Target.Address, "orders", partition));
        Assert.Equal(400, Witness.Continue(_clusters.Target.Address, "billing", "orders", 1)[0].Offset);

        await AssertListsAsync(links.Text("id"), restore.Text("id"));
        await AssertNothingShowsTheSecretAsync(links.Text("id"), restore.Text("id"));
    }

    [Fact]
    public async Task An_orchestration_is_suspended_resumed_told_an_event_terminated_and_deleted()
    {
        var links = await _service.StartAsync("backups", new { cluster = "source", repository = "vault", rateLimit = 50_000 });
        var status = links.Text("statusQueryGetUri");
        await _service.PollAsync(status, s => s.Text("runtimeStatus") == "Running");
        await PostAsync(links.Text("suspendPostUri") + "?reason=lunch", HttpStatusCode.Accepted);
        await _service.PollAsync(status, s => s.Text("runtimeStatus") == "Suspended");
        await PostAsync(links.Text("resumePostUri"), HttpStatusCode.Accepted);
        await _service.PollAsync(status, s => s.Text("runtimeStatus") == "Running");
        await PostAsync(links.Text("sendEventPostUri").Replace("{eventName}", "greeting"), HttpStatusCode.Accepted, "{\"hello\":1}");
        using (var still = await _service.Http.DeleteAsync(links.Text("purgeHistoryDeleteUri")))
            await AssertProblemAsync(still, 409, "is not over, it is Running");

        await PostAsync(links.Text("terminatePostUri") + "?reason=enough", HttpStatusCode.Accepted);
        var ended = await _service.EndAsync(links);
        Assert.Equal(("Terminated", "enough"), (ended.Text("runtimeStatus"), ended.Text("output")));
        var told = (await _service.GetAsync(links.Text("historyGetUri"))).EnumerateArray().Select(e => e.Text("text")).ToList();
        Assert.Contains("suspended: lunch", told);
        Assert.Contains("resumed", told);
        Assert.Contains("event greeting came", told);
        Assert.Equal("terminated: enough", told[^1]);

        using (var deleted = await _service.Http.DeleteAsync(links.Text("purgeHistoryDeleteUri")))
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var gone = await _service.Http.GetAsync(status);
        await AssertProblemAsync(gone, 404, links.Text("id"));
    }

    [Fact]
    public async Task The_command_line_has_the_service_do_it_and_ends_with_the_same_exit_codes()
    {
        string[] service = ["--host", _service.Http.BaseAddress!.ToString()];
        var backup = await RunAsync(["backup", "-b", "source", "-r", "vault", "--json", .. service]);
        var absent = await RunAsync(["restore", "-b", "target", "-r", "vault", "--epoch", "9", .. service]);
        var instances = await RunAsync(["instances", "--json", .. service]);

        Assert.True(backup.Exit == 0, backup.Errors);
        Assert.Equal(1, JsonDocument.Parse(backup.Output).RootElement.Number("epoch"));
        Assert.Equal((6, true), (absent.Exit, absent.Errors.Contains("there is no epoch 9", StringComparison.Ordinal)));
        Assert.Equal(2, JsonDocument.Parse(instances.Output).RootElement.GetArrayLength());
        var id = JsonDocument.Parse(instances.Output).RootElement[1].Text("instanceId");
        Assert.Contains("SealEpoch is done", (await RunAsync(["history", id, .. service])).Output, StringComparison.Ordinal);
        Assert.Contains("Completed", (await RunAsync(["show", id, .. service])).Output, StringComparison.Ordinal);
        Assert.Equal(6, (await RunAsync(["show", "nobody", .. service])).Exit);
        Assert.Equal(2, (await RunAsync(["backup", "-b", "elsewhere", "-r", "vault", .. service])).Exit);
    }

    private Task<CliResult> RunAsync(string[] arguments) => KafkaBackupCli.RunAsync(_clusters.Folder, arguments);

    private void AssertLinks(HttpResponseMessage accepted, JsonElement links)
    {
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.True(accepted.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        var status = new Uri(_service.Http.BaseAddress!, $"api/instances/{links.Text("id")}").ToString();
        Assert.Equal(status, accepted.Headers.Location?.ToString());
        Assert.Equal(
            [links.Text("id"), status, $"{status}/history", $"{status}/raiseEvent/{{eventName}}", $"{status}/suspend", $"{status}/resume", $"{status}/terminate", status],
            ((string[])["id", "statusQueryGetUri", "historyGetUri", "sendEventPostUri", "suspendPostUri", "resumePostUri", "terminatePostUri", "purgeHistoryDeleteUri"])
                .Select(name => links.Text(name)));
    }

    private async Task AssertAuditTrailAsync(JsonElement links, string[] steps)
    {
        var history = (await _service.GetAsync(links.Text("historyGetUri"))).EnumerateArray().ToList();
        Assert.Equal("ExecutionStarted", history[0].Text("event"));
        Assert.Equal(("ExecutionCompleted", "completed"), (history[^1].Text("event"), history[^1].Text("text")));
        Assert.Equal(history.Select(e => e.GetProperty("time").GetDateTimeOffset()).Order(), history.Select(e => e.GetProperty("time").GetDateTimeOffset()));
        foreach (var kind in (string[])["TaskScheduled", "TaskStarted", "TaskCompleted"])
        {
            var names = history.Where(e => e.Text("event") == kind).Select(e => e.Text("name")).ToList();
            Assert.Equal(steps, names.Where((name, i) => i == 0 || name != names[i - 1]));
        }

        Assert.All(history.Where(e => e.Text("event") == "TaskStarted"), e => Assert.Equal(1, e.Number("attempt")));
        Assert.All(history.Where(e => e.Text("event") == "TaskCompleted"), e =>
        {
            Assert.True(e.GetProperty("seconds").GetDouble() >= 0);
            Assert.NotEmpty(e.Text("host"));
            Assert.Equal($"{e.Text("name")} is done", e.Text("text"));
        });
    }

    private async Task AssertListsAsync(string backup, string restore)
    {
        Assert.Equal([restore, backup], Ids(await _service.GetAsync("api/instances")));
        Assert.Equal([restore], Ids(await _service.GetAsync("api/instances?top=1")));
        Assert.Equal([restore, backup], Ids(await _service.GetAsync("api/instances?runtimeStatus=completed,Failed")));
        Assert.Empty(Ids(await _service.GetAsync("api/instances?runtimeStatus=Running,Pending")));
        Assert.Empty(Ids(await _service.GetAsync("api/instances?createdTimeFrom=2999-01-01T00:00:00Z")));
        var epochs = await _service.GetAsync("api/epochs");
        Assert.Equal((1L, (long)Records, backup), (epochs[0].Number("epoch"), epochs[0].Number("records"), epochs[0].Text("instance")));
        var epoch = await _service.GetAsync("api/epochs/1?repository=vault");
        Assert.Equal("orders", epoch.GetProperty("core").GetProperty("topics")[0].Text("name"));
        var plan = (await _service.GetAsync("api/plans"))[0];
        Assert.Equal(("yearly", "0 0 0 1 1 *"), (plan.Text("name"), plan.Text("schedule")));
        Assert.Equal(["orders", "pay*"], plan.GetProperty("request").GetProperty("topics").EnumerateArray().Select(t => t.GetString()!));
        Assert.Equal((1, 1), (plan.GetProperty("next").GetDateTimeOffset().Month, plan.GetProperty("next").GetDateTimeOffset().Day));
        Assert.Equal("live", (await _service.GetAsync("health/live")).Text("status"));
        Assert.Equal("ready", (await _service.GetAsync("health/ready")).Text("status"));
        Assert.True((await _service.GetAsync("openapi/v1.json")).GetProperty("paths").TryGetProperty("/api/backups", out _));
    }

    private async Task AssertNothingShowsTheSecretAsync(params string[] ids)
    {
        string[] paths = ["api/instances", "api/plans", "api/epochs", "api/epochs/1", "openapi/v1.json", .. ids.SelectMany(id => new[] { $"api/instances/{id}", $"api/instances/{id}/history" })];
        foreach (var path in paths)
            Assert.DoesNotContain(Secret, await _service.Http.GetStringAsync(path), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, _service.Output + _service.Errors, StringComparison.Ordinal);
        Assert.Equal(0, await _service.TerminateAsync());
        foreach (var file in Directory.GetFiles(Path.Combine(ServiceFolder, "state")).Concat(Directory.GetFiles(_clusters.Repository, "*", SearchOption.AllDirectories)))
            Assert.False(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)) >= 0, $"{file} holds the secret");
    }

    private async Task PostAsync(string uri, HttpStatusCode expected, string? json = null)
    {
        using var response = await _service.Http.PostAsync(uri, json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"));
        Assert.Equal(expected, response.StatusCode);
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, int status, string part)
    {
        Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Contains(part, (await response.Content.ReadFromJsonAsync<JsonElement>()).Text("detail"), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Ids(JsonElement instances) => instances.EnumerateArray().Select(i => i.Text("instanceId"));
}
