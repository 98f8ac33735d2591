using System.Text.Json;
using KafkaBackup.Durable;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Sqlite;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Finished orchestrations are written to a repository and cleared away, by a service that is killed meanwhile, and after a command.</summary>
public sealed class HistoryRetentionTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly int _instances = TestSize.Of(120, 1200);

    private string State => Path.Combine(_folder["service"], "state");

    private Dictionary<string, string> Settings => new()
    {
        ["Repositories:archive"] = $"file:{_folder["archive"]}",
        ["History:MaxAge"] = "30d",
        ["History:Archive"] = "archive",
        ["History:Interval"] = "1s",
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_service_that_is_killed_while_it_clears_away_loses_no_history_and_clears_the_rest_away_after()
    {
        var (old, young) = await WriteInstancesAsync();
        var random = new Random(TestSize.Seed);
        var kills = 0;
        for (var kill = 1; kill <= 4; kill++)
        {
            await using var service = ServiceProcess.Start(_folder["service"], Settings);
            var threshold = ((kill - 1) * _instances / 5) + random.Next(_instances / 5);
            while (ArchiveFiles().Count < threshold)
                await Task.Delay(1);
            await service.KillAsync();
            var (kept, archived) = (await StoredAsync(), Archived());
            kills += kept.Count > 1 ? 1 : 0;
            // Whatever is gone from the store is in the archive.
            Assert.Empty(old.Keys.Except(kept).Except(archived.Keys));
            Assert.Contains(young, kept);
        }

        Figures.Print($"retention: seed {TestSize.Seed}, {kills} kills struck while {_instances} histories were cleared away");
        Assert.True(kills >= 2);
        await using (var service = ServiceProcess.Start(_folder["service"], Settings))
        {
            await service.PollAsync("api/instances", listed => listed.GetArrayLength() == 1);
            await LoggedAsync(service, "finished instances were cleared away");
            Assert.Equal(0, await service.TerminateAsync());
        }

        Assert.Equal([young], await StoredAsync());
        var all = Archived();
        Assert.Equal(old.Keys.Order(), all.Keys.Order());
        Assert.All(old, each => Assert.Equal(each.Value, File.ReadAllBytes(all[each.Key])));
    }

    [Fact]
    public async Task A_crash_between_the_export_and_the_purge_is_made_up_for_and_the_export_stays_as_it_was()
    {
        var (old, young) = await WriteInstancesAsync();
        var before = Path.Combine(_folder.Path, "before");
        Directory.CreateDirectory(before);
        foreach (var file in Directory.GetFiles(State))
            File.Copy(file, Path.Combine(before, Path.GetFileName(file)));
        await ClearAsync();
        var exported = Archived().ToDictionary(each => each.Key, each => (Convert.ToHexString(File.ReadAllBytes(each.Value)), File.GetLastWriteTimeUtc(each.Value)));
        Assert.Equal(old.Count, exported.Count);

        // The machine died, and what it had deleted is there again.
        Directory.Delete(State, true);
        Directory.Move(before, State);
        Assert.Equal(_instances, (await StoredAsync()).Count);
        await ClearAsync();

        Assert.Equal([young], await StoredAsync());
        Assert.Equal(exported, Archived().ToDictionary(each => each.Key, each => (Convert.ToHexString(File.ReadAllBytes(each.Value)), File.GetLastWriteTimeUtc(each.Value))));
    }

    [Fact]
    public async Task What_can_not_be_exported_is_kept_and_the_log_says_why()
    {
        await WriteInstancesAsync();
        var settings = Settings;
        await File.WriteAllTextAsync(_folder["a-file"], "");
        settings["Repositories:archive"] = $"file:{_folder["a-file"]}";
        await using var service = ServiceProcess.Start(_folder["service"], settings);
        await LoggedAsync(service, "could not be archived; the instance is kept");
        Assert.Equal(_instances, (await StoredAsync()).Count);
    }

    [Fact]
    public async Task After_a_command_what_is_too_many_goes_into_the_encrypted_repository_that_is_backed_up_to()
    {
        await using var broker = BrokerProcess.Start(_folder["broker"]);
        await Topics.CreateAsync(broker.Address, "orders", 1);
        Topics.Produce(broker.Address, "orders", 1, 0, 10);
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "passphrase"), "correct horse");
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "appsettings.json"), """
            {"KafkaBackup":{"Repositories":{"vault":{"Location":"file:vault","PassphraseFile":"passphrase"}},"History":{"MaxCount":1,"Archive":"vault"}}}
            """);
        string[] backup = ["backup", "-b", broker.Address, "-r", "vault"];
        for (var epoch = 1; epoch <= 2; epoch++)
        {
            var done = await RunAsync(backup);
            Assert.True(done.Exit == 0, done.Errors);
        }

        var listed = await RunAsync("instances", "--json");
        Assert.EndsWith("-2", Assert.Single(JsonDocument.Parse(listed.Output).RootElement.EnumerateArray()).Text("instanceId"), StringComparison.Ordinal);
        var kept = Directory.GetFiles(Path.Combine(_folder.Path, "vault", "histories"), "*.json", SearchOption.AllDirectories);
        Assert.DoesNotContain("BackupEpoch", File.ReadAllText(Assert.Single(kept)), StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("verify", "-r", "vault", "--level", "full")).Exit);
    }

    private static async Task LoggedAsync(ServiceProcess service, string part)
    {
        for (var i = 0; !service.Output.Contains(part, StringComparison.Ordinal); i++)
        {
            Assert.True(i < 600, service.Output);
            await Task.Delay(50);
        }
    }

    private async Task ClearAsync()
    {
        await using var service = ServiceProcess.Start(_folder["service"], Settings);
        await service.PollAsync("api/instances", listed => listed.GetArrayLength() == 1);
        Assert.Equal(0, await service.TerminateAsync());
    }

    /// <summary>Old instances, some of them with a sub-orchestration, and a young one.</summary>
    /// <returns>The recorded histories of the old ones, and the id of the young one.</returns>
    private async Task<(Dictionary<string, byte[]> Old, string Young)> WriteInstancesAsync()
    {
        await using var store = new SqliteHistoryStore(Path.Combine(State, "history.db"));
        await store.OpenAsync(default);
        var old = new Dictionary<string, byte[]>();
        var then = DateTimeOffset.UtcNow.AddDays(-100);
        for (var i = 0; i < _instances - 1; i++)
        {
            var id = i % 4 == 3 ? $"i{i - 1}:0:0" : $"i{i}";
            var parent = i % 4 == 3 ? new ParentCall($"i{i - 1}", "BackupEpoch", 0, 0) : null;
            old[id] = await CommitAsync(store, id, parent, then.AddSeconds(i));
        }

        await CommitAsync(store, "young", null, DateTimeOffset.UtcNow.AddDays(-20));
        return (old, "young");
    }

    private static async Task<byte[]> CommitAsync(SqliteHistoryStore store, string id, ParentCall? parent, DateTimeOffset time)
    {
        HistoryEvent[] events =
        [
            new() { Type = HistoryEventType.ExecutionStarted, Name = "BackupEpoch", Timestamp = time, RequestedBy = "ann" },
            new() { Type = HistoryEventType.ExecutionCompleted, Timestamp = time.AddSeconds(1), Output = "{}" },
        ];
        await store.CommitAsync(new HistoryCommit(
            null,
            new InstanceRecord
            {
                Id = id, Name = "BackupEpoch", Status = OrchestrationRuntimeStatus.Completed, Parent = parent, Length = 2, CreatedAt = time, UpdatedAt = time.AddSeconds(1), RequestedBy = "ann",
            },
            events));
        return new RecordedHistory
        {
            InstanceId = id, Name = "BackupEpoch", Status = OrchestrationRuntimeStatus.Completed, ParentInstanceId = parent?.InstanceId, RequestedBy = "ann",
            CreatedAt = time, LastUpdatedAt = time.AddSeconds(1), Events = events,
        }.Write();
    }

    private async Task<List<string>> StoredAsync()
    {
        await using var reader = await HistoryReader.OpenSqliteAsync(Path.Combine(State, "history.db"), default);
        return [.. (await reader.List(new OrchestrationQuery()).ToListAsync()).Select(each => each.InstanceId)];
    }

    /// <summary>The files of the archive by instance: they are there whole, or not at all.</summary>
    private Dictionary<string, string> Archived() => ArchiveFiles().ToDictionary(file => RecordedHistory.Read(File.ReadAllBytes(file)).InstanceId);

    private List<string> ArchiveFiles()
    {
        var folder = Path.Combine(_folder["archive"], "histories");
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.json", SearchOption.AllDirectories).Where(file => !Path.GetFileName(file).StartsWith('.'))] : [];
    }

    private Task<CliResult> RunAsync(params string[] arguments) => KafkaBackupCli.RunAsync(_folder.Path, arguments);
}
