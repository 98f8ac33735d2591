using System.Net;
using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Orchestrations are steered by an operator: those of a service, and those under a state folder that no process is at work on.</summary>
public sealed class SteeringTests : IAsyncLifetime
{
    private const int Records = 3000;
    private static readonly string Me = $"{Environment.UserName}@{Environment.MachineName}";
    private readonly TestFolder _folder = new();
    private BrokerProcess _broker = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = BrokerProcess.Start(_folder["broker"]);
        await Topics.CreateAsync(_broker.Address, "orders", 3);
        Topics.Produce(_broker.Address, "orders", 3, 0, Records, valueBytes: 200);
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_killed_backup_is_suspended_resumed_and_purged_under_its_state_folder_and_left_alone_while_a_process_is_at_work_on_it()
    {
        // Slow enough that it is at work still when five processes have started beside it.
        string[] backup = ["backup", "-b", _broker.Address, "-r", "file:vault", "--rate-limit", "60K"];
        string id;
        await using (var running = KafkaBackupCli.Start(_folder.Path, backup))
        {
            id = await RunningAsync();
            string[][] refused = [["suspend", id], ["resume", id], ["terminate", id], ["purge", id], ["purge", "--older-than", "1h"]];
            var answers = await Task.WhenAll(refused.Select(command => RunAsync(command)));
            await running.KillAsync();
            Assert.All(answers, answer => OneLine.Assert(answer, 5, $"in use by process {running.Id}", "--host URL"));
        }

        var suspended = await RunAsync("suspend", id, "--reason", "lunch", "--json");
        Assert.Equal((0, "Suspended"), (suspended.Exit, Json(suspended).Text("runtimeStatus")));
        OneLine.Assert(await RunAsync(backup), 5, "it is suspended", $"'kafka-backup resume {id}'");
        OneLine.Assert(await RunAsync("purge", id), 5, $"'{id}' is not over, it is Suspended", $"'kafka-backup terminate {id}'");
        var resumed = await RunAsync("resume", id);
        Assert.Equal((0, $"{id}: BackupEpoch, Running\n", ""), (resumed.Exit, resumed.Output, resumed.Errors));

        var done = await RunAsync(backup);
        Assert.True(done.Exit == 0, done.Errors);
        Assert.Equal(0, (await RunAsync("verify", "-r", "file:vault", "--level", "full")).Exit);
        var told = (await RunAsync("history", id)).Output;
        foreach (var line in (string[])[$"BackupEpoch was asked for by {Me}", $"suspended by {Me}: lunch", $"resumed by {Me}", "begun again (attempt 2)", "completed"])
            Assert.Contains(line, told, StringComparison.Ordinal);

        OneLine.Assert(await RunAsync("suspend", id), 5, $"'{id}' is over, it is Completed", "can't be suspended");
        OneLine.Assert(await RunAsync("terminate", id), 5, $"'{id}' is over, it is Completed", "nothing left to terminate");
        Assert.Equal(0, Json(await RunAsync("purge", "--older-than", "1h", "--json")).GetProperty("instances").GetArrayLength());
        var dry = Json(await RunAsync("purge", "--older-than", "0s", "--status", "completed", "--dry-run", "--json"));
        Assert.Equal((true, id), (dry.GetProperty("dryRun").GetBoolean(), dry.GetProperty("instances")[0].GetString()));
        Assert.Equal(0, (await RunAsync("show", id)).Exit);
        Assert.Equal((0, $"{id}\n1 purged\n"), (await RunAsync("purge", id) is var purged ? (purged.Exit, purged.Output) : default));
        OneLine.Assert(await RunAsync("show", id), 6, $"there is no instance '{id}'", "'kafka-backup instances'");
        Assert.Equal(Records, Json(await RunAsync("epochs", "-r", "file:vault", "--json"))[0].Number("records"));
    }

    [Fact]
    public async Task A_service_steers_its_orchestrations_for_the_command_line_and_for_HTTP_and_records_who_asked()
    {
        await using var service = ServiceProcess.Start(_folder["service"], new Dictionary<string, string>
        {
            ["Clusters:source:bootstrap.servers"] = _broker.Address,
            ["Repositories:vault"] = $"file:{_folder["vault"]}",
        });
        string[] host = ["--host", service.Http.BaseAddress!.ToString()];
        service.Http.DefaultRequestHeaders.Add("X-Requested-By", "ann of operations");
        var links = await service.StartAsync("backups", new { cluster = "source", repository = "vault", rateLimit = 50_000 });
        var id = links.Text("id");

        Assert.Equal("Suspended", Json(await RunAsync(["suspend", id, "--reason", "a new disk", "--json", .. host])).Text("runtimeStatus"));
        Assert.Equal(0, (await RunAsync(["resume", id, .. host])).Exit);
        OneLine.Assert(await RunAsync(["purge", id, .. host]), 5, $"'{id}' is not over, it is Running", $"'kafka-backup terminate {id}'");
        OneLine.Assert(await RunAsync(["suspend", "nobody", .. host]), 6, "there is no instance 'nobody'", "");
        Assert.Equal("Terminated", Json(await RunAsync(["terminate", id, "--reason", "enough", "--recursive", "--json", .. host])).Text("runtimeStatus"));
        OneLine.Assert(await RunAsync(["resume", id, .. host]), 5, $"'{id}' is over, it is Terminated", "can't be resumed");
        using (var refused = await service.Http.PostAsync($"api/instances/{id}/suspend", null))
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);

        var told = (await service.GetAsync(links.Text("historyGetUri"))).EnumerateArray().Select(e => e.Text("text")).ToList();
        Assert.Equal("BackupEpoch was asked for by ann of operations", told[0]);
        Assert.Contains($"suspended by {Me}: a new disk", told);
        Assert.Contains($"resumed by {Me}", told);
        Assert.Equal($"terminated by {Me}: enough", told[^1]);
        Assert.Equal("ann of operations", (await service.GetAsync($"api/instances/{id}")).Text("requestedBy"));

        await AssertPagesAsync(service, host);
        await AssertPurgesAsync(service, host);
    }

    /// <summary>Every page is as long as it was asked to be, and all of them together are the list.</summary>
    private async Task AssertPagesAsync(ServiceProcess service, string[] host)
    {
        for (var i = 1; i < 5; i++)
            await service.EndAsync(await service.StartAsync("backups", new { cluster = "source", repository = "vault", rateLimit = 50_000_000 + i }));
        var all = Ids(await service.GetAsync("api/instances"));
        var (paged, sizes, next) = (new List<string>(), new List<int>(), (string?)null);
        do
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "api/instances?top=2");
            if (next is not null)
                request.Headers.Add("x-ms-continuation-token", next);
            using var response = await service.Http.SendAsync(request);
            var page = Ids(JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
            paged.AddRange(page);
            sizes.Add(page.Count);
            next = response.Headers.TryGetValues("x-ms-continuation-token", out var tokens) ? tokens.Single() : null;
        }
        while (next is not null);
        Assert.Equal(all, paged);
        Assert.Equal([2, 2, 1], sizes);
        Assert.Equal(all.Take(3), Ids(Json(await RunAsync(["instances", "--top", "3", "--json", .. host]))));
        Assert.Equal(all[^1], Assert.Single(Ids(Json(await RunAsync(["instances", "--status", "terminated,failed", "--json", .. host])))));
        Assert.Equal(all, Ids(Json(await RunAsync(["instances", "--since", "1h", "--json", .. host]))));
        Assert.Empty(Ids(Json(await RunAsync(["instances", "--since", "2999-01-01T00:00:00Z", "--json", .. host]))));
        Assert.Equal(all.Take(4), Ids(await service.GetAsync("api/instances?runtimeStatus=Completed&instanceIdPrefix=backup-")));
        Assert.Empty(Ids(await service.GetAsync("api/instances?createdTimeTo=2001-01-01T00:00:00Z")));
        await service.TerminateAsync();
        // What a service has left is read, and steered, where it lies.
        string[] state = ["--state", Path.Combine("service", "state")];
        Assert.Equal(all.Take(2), Ids(Json(await RunAsync(["instances", "--top", "2", "--json", .. state]))));
        Assert.Equal(all[^1], Assert.Single(Ids(Json(await RunAsync(["instances", "--status", "Terminated", "--since", "1h", "--json", .. state])))));
        Assert.Equal((0, "0 would be purged\n"), (await RunAsync(["purge", "--older-than", "1h", "--dry-run", .. state]) is var dry ? (dry.Exit, dry.Output) : default));
    }

    private async Task AssertPurgesAsync(ServiceProcess stopped, string[] host)
    {
        OneLine.Assert(await RunAsync(["instances", .. host]), 1, "no service answers", "'kafka-backup host'");
        await using var service = ServiceProcess.Start(_folder["service"], new Dictionary<string, string>());
        host = ["--host", service.Http.BaseAddress!.ToString()];
        Assert.NotEqual(stopped.Http.BaseAddress, service.Http.BaseAddress);
        Assert.Equal(1, Json(await RunAsync(["purge", "--older-than", "0s", "--status", "Terminated", "--dry-run", "--json", .. host])).GetProperty("instances").GetArrayLength());
        Assert.Equal(5, (await service.GetAsync("api/instances")).GetArrayLength());
        Assert.EndsWith("5 purged\n", (await RunAsync(["purge", "--older-than", "0s", .. host])).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await service.GetAsync("api/instances")).GetArrayLength());
    }

    private async Task<string> RunningAsync()
    {
        for (var i = 0; i < 100; i++)
        {
            var listed = await RunAsync("instances", "--status", "Running", "--json");
            if (listed.Exit == 0 && Json(listed) is var instances && instances.GetArrayLength() == 1 && instances[0].Text("customStatus") == "writing segments")
                return instances[0].Text("instanceId");
        }

        throw new TimeoutException("the backup did not get to its segments");
    }

    private Task<CliResult> RunAsync(params string[] arguments) => KafkaBackupCli.RunAsync(_folder.Path, arguments);

    private static JsonElement Json(CliResult result)
    {
        Assert.True(result.Exit == 0, result.Errors);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private static List<string> Ids(JsonElement instances) => [.. instances.EnumerateArray().Select(i => i.Text("instanceId"))];
}
