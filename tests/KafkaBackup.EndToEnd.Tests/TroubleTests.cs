using System.Net;
using System.Text.Json;
using KafkaBackup.Durable;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Sqlite;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>What an operator sees while orchestrations can't go on: what is wrong, and the way out.</summary>
public sealed class TroubleTests : IAsyncLifetime
{
    private static readonly string[] State = ["--state", "state"];
    private readonly TestFolder _folder = new();
    private BrokerProcess _broker = null!;

    private string[] Backup => ["backup", "-b", _broker.Address, "-r", "file:vault", "--rate-limit", "100K", .. State];

    public async ValueTask InitializeAsync()
    {
        _broker = BrokerProcess.Start(_folder["broker"]);
        await Topics.CreateAsync(_broker.Address, "orders", 2);
        Topics.Produce(_broker.Address, "orders", 2, 0, 2000, valueBytes: 200);
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_backup_whose_history_the_program_does_not_fit_is_parked_told_of_everywhere_and_goes_on_once_it_fits_again()
    {
        string id;
        await using (var running = KafkaBackupCli.Start(_folder.Path, Backup))
        {
            id = await WritingSegmentsAsync();
            await running.KillAsync();
        }

        // Another version of the program: its second step had another name.
        await RenameAsync(id, "FixCut", "FixTheCut");
        OneLine.Assert(await RunAsync(Backup), 1, "it is parked: The code makes call #2, TaskScheduled 'FixCut', where the history has #2, TaskScheduled 'FixTheCut'", "run the version of this program");
        var shown = (await RunAsync(["show", id, .. State])).Output;
        Assert.StartsWith($"{id}: BackupEpoch, Running, parked", shown, StringComparison.Ordinal);
        Assert.Contains("error: The code makes call #2", shown, StringComparison.Ordinal);
        Assert.Contains($"remedy: run the version of this program that it was begun with, or one that fits its history, and it goes on by itself; or end it: 'kafka-backup terminate {id}'", shown, StringComparison.Ordinal);
        Assert.Contains("Running, parked", (await RunAsync(["instances", .. State])).Output, StringComparison.Ordinal);

        await using (var service = ServiceProcess.Start(_folder.Path, new Dictionary<string, string>()))
        {
            var ready = await service.GetAsync("health/ready");
            var problem = ready.GetProperty("problems")[0];
            Assert.Equal(("degraded", id), (ready.Text("status"), problem.Text("instance")));
            Assert.Contains("'FixTheCut'", problem.Text("problem"), StringComparison.Ordinal);
            Assert.Contains($"'kafka-backup terminate {id}'", problem.Text("remedy"), StringComparison.Ordinal);
            Assert.True((await service.GetAsync($"api/instances/{id}")).GetProperty("isParked").GetBoolean());
            Assert.Equal(0, await service.TerminateAsync());
        }

        await RenameAsync(id, "FixTheCut", "FixCut");
        var done = await RunAsync(Backup);
        Assert.True(done.Exit == 0, done.Errors);
        var told = (await RunAsync(["history", id, .. State])).Output;
        Assert.Contains("parked until the code fits the history again: The code makes call #2", told, StringComparison.Ordinal);
        Assert.Contains("the code fits the history again, after", told, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("verify", "-r", "file:vault", "--level", "full")).Exit);
        await AssertRawAsync(id);
    }

    [Fact]
    public async Task A_service_whose_disk_is_full_says_so_and_is_ready_again_when_it_has_room()
    {
        const string id = "backup-000000000000-1";
        await WriteSuspendedAsync(Path.Combine(_folder["service"], "state"), id);
        await using var service = ServiceProcess.StartFillable(_folder["service"], new Dictionary<string, string>());
        Assert.Equal(("ready", 0), (await service.GetAsync("health/ready") is var fine ? (fine.Text("status"), fine.GetProperty("problems").GetArrayLength()) : default));
        Assert.Contains($"remedy: 'kafka-backup resume {id}' lets it go on", (await ShowAsync(id, service)).Output, StringComparison.Ordinal);

        service.FillDisk();
        var raised = service.Http.PostAsync($"api/instances/{id}/raiseEvent/x", null);
        var problem = await UnreadyAsync(service);
        Assert.Equal("Not ready", problem.Text("title"));
        Assert.Contains("the history store takes no commits, so that work waits", problem.Text("detail"), StringComparison.Ordinal);
        Assert.Contains("see that the disk of the state folder has room", problem.GetProperty("problems")[0].Text("remedy"), StringComparison.Ordinal);
        var shown = (await ShowAsync(id, service)).Output;
        Assert.Contains("trouble: the history store takes no commits", shown, StringComparison.Ordinal);
        Assert.Contains("see that the disk of the state folder has room", shown, StringComparison.Ordinal);
        Assert.False(raised.IsCompletedSuccessfully, "the event was taken, and is not on disk");

        service.FreeDisk();
        using (var taken = await raised)
            Assert.Equal(HttpStatusCode.Accepted, taken.StatusCode);
        Assert.Equal("ready", (await service.GetAsync("health/ready")).Text("status"));
        Assert.Equal("EventRaised", (await service.GetAsync($"api/instances/{id}/history"))[2].Text("event"));
    }

    private static async Task WriteSuspendedAsync(string state, string id)
    {
        await using var store = new SqliteHistoryStore(Path.Combine(state, "history.db"));
        await store.OpenAsync(default);
        const string input = """{"cluster":"127.0.0.1:1","repository":"file:vault"}""";
        var now = DateTimeOffset.UtcNow;
        await store.CommitAsync(new HistoryCommit(
            null,
            new InstanceRecord { Id = id, Name = "BackupEpoch", Status = OrchestrationRuntimeStatus.Suspended, Input = input, Length = 2, CreatedAt = now, UpdatedAt = now },
            [new() { Type = HistoryEventType.ExecutionSuspended, Timestamp = now }, new() { Type = HistoryEventType.ExecutionStarted, Name = "BackupEpoch", Input = input, Timestamp = now }]));
    }

    private Task<CliResult> ShowAsync(string id, ServiceProcess service) => RunAsync("show", id, "--host", service.Http.BaseAddress!.ToString());

    /// <summary>Raw, the history is what a replay takes.</summary>
    private async Task AssertRawAsync(string id)
    {
        var raw = RecordedHistory.Read(System.Text.Encoding.UTF8.GetBytes((await RunAsync(["history", id, "--raw", .. State])).Output));
        Assert.Equal((id, "BackupEpoch", OrchestrationRuntimeStatus.Completed), (raw.InstanceId, raw.Name, raw.Status));
        Assert.Contains(raw.Events, each => each.Type == HistoryEventType.TaskCompleted && each.Name == "FixCut" && each.Output is not null);
    }

    private static async Task<JsonElement> UnreadyAsync(ServiceProcess service)
    {
        for (var i = 0; i < 400; i++)
        {
            using var response = await service.Http.GetAsync("health/ready");
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
                return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
            await Task.Delay(50);
        }

        throw new TimeoutException("the service stayed ready");
    }

    private async Task<string> WritingSegmentsAsync()
    {
        for (var i = 0; i < 100; i++)
        {
            var listed = await RunAsync(["instances", "--json", .. State]);
            if (listed.Exit == 0 && JsonDocument.Parse(listed.Output).RootElement is var instances && instances.GetArrayLength() == 1
                && instances[0].TryGetProperty("customStatus", out var doing) && doing.GetString() == "writing segments")
                return instances[0].Text("instanceId");
        }

        throw new TimeoutException("the backup did not get to its segments");
    }

    /// <summary>Writes the history anew with another name in it.</summary>
    private async Task RenameAsync(string id, string from, string to)
    {
        await using var store = new SqliteHistoryStore(Path.Combine(_folder.Path, "state", "history.db"));
        await store.OpenAsync(default);
        var stored = (await store.LoadAsync(id, default))!;
        await store.PurgeAsync(stored.Instance);
        await store.CommitAsync(new HistoryCommit(null, stored.Instance with { Version = null }, [.. stored.History.Select(each => each.Name == from ? each with { Name = to } : each)]));
    }

    private Task<CliResult> RunAsync(params string[] arguments) => KafkaBackupCli.RunAsync(_folder.Path, arguments);
}
