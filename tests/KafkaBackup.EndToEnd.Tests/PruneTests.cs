using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Epochs are removed by rules, by the command and by a plan, and killing the command harms nothing.</summary>
public sealed class PruneTests : IDisposable
{
    private const int Epochs = 6;
    private const int SegmentsEach = 60;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_at_any_moment_a_prune_leaves_a_whole_repository_and_the_same_command_ends_it()
    {
        var store = new FileSystemObjectStore(_folder["repository"]);
        await FillAsync(store);
        var random = new Random(TestSize.Seed);
        var (kills, atWork) = (TestSize.Of(8, 60), 0);
        for (var kill = 0; kill < kills; kill++)
        {
            var before = Files();
            await using var process = KafkaBackupCli.Start(_folder.Path, "prune", "-r", $"file:{_folder["repository"]}", "--keep-last", "1");
            while (!process.HasExited && Files() == before)
                await Task.Delay(1, TestContext.Current.CancellationToken);
            await Task.Delay(random.Next(12), TestContext.Current.CancellationToken);
            atWork += process.HasExited ? 0 : 1;
            await process.KillAsync();

            var report = await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Empty(report.Findings);
            Assert.Equal(Epochs, report.Epochs);
        }

        Figures.Print($"prune: {atWork} of {kills} kills struck it at work, seed {TestSize.Seed}");
        var last = await RunAsync("prune", "--keep-last", "1");
        Assert.True(last.Exit == 0, last.Errors);
        Assert.Equal(SegmentsEach, Directory.GetFiles(_folder["repository"], "*.log", SearchOption.AllDirectories).Length);
        Assert.Equal(["00000000000000000006.json"], Directory.GetFiles(Path.Combine(_folder["repository"], "epochs")).Select(Path.GetFileName));
        Assert.Equal(Epochs - 1, Directory.GetFiles(Path.Combine(_folder["repository"], "stubs")).Length);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder["repository"], "prunes")));
        var verified = await RunAsync("verify", "--level", "full");
        Assert.True(verified.Exit == 0, verified.Output);
        Assert.Equal(SegmentsEach * 3, (await RunAsync("cat", "orders")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        int Files() => Directory.Exists(Path.Combine(_folder["repository"], "prunes")) ? Directory.GetFiles(_folder["repository"], "*.json", SearchOption.AllDirectories).Length : 0;
    }

    [Fact]
    public async Task The_plan_of_a_prune_is_shown_and_its_steps_are_in_the_history()
    {
        await FillAsync(new FileSystemObjectStore(_folder["repository"]));
        var files = Directory.GetFiles(_folder["repository"], "*", SearchOption.AllDirectories).Order().ToList();

        var dry = await RunAsync("prune", "--keep-last", "2", "--keep-daily", "1", "--dry-run");

        Assert.True(dry.Exit == 0, dry.Errors);
        Assert.Contains("newest, last, daily 2026-03-01", dry.Output, StringComparison.Ordinal);
        Assert.Contains("would remove 4 epochs", dry.Output, StringComparison.Ordinal);
        Assert.Equal(files, Directory.GetFiles(_folder["repository"], "*", SearchOption.AllDirectories).Order());

        var done = await RunAsync("prune", "--keep-last", "2", "--json");
        Assert.True(done.Exit == 0, done.Errors);
        var report = JsonDocument.Parse(done.Output).RootElement;
        Assert.Equal([1, 2, 3, 4], report.GetProperty("removed").EnumerateArray().Select(e => e.GetProperty("epoch").GetInt32()));
        Assert.Equal([5, 6], report.GetProperty("kept").EnumerateArray().Select(e => e.GetProperty("epoch").GetInt32()));
        var id = JsonDocument.Parse((await KafkaBackupCli.RunAsync(_folder.Path, "instances", "--json")).Output).RootElement
            .EnumerateArray().Select(i => i.GetProperty("instanceId").GetString()!).First(i => i.StartsWith("prune-", StringComparison.Ordinal));
        var history = await KafkaBackupCli.RunAsync(_folder.Path, "history", id);
        Assert.Contains("PlanPrune is done", history.Output, StringComparison.Ordinal);

        OneLine.Assert(await RunAsync("restore", "-b", "127.0.0.1:1", "--epoch", "3"), 6, "there is no epoch 3", "'kafka-backup epochs'");
        OneLine.Assert(await RunAsync("prune"), 2, "no rule says what to keep", "--keep-last");
        OneLine.Assert(await RunAsync("prune", "--keep-last", "0"), 2, "'0' is no number for --keep-last", "1 or more");
    }

    [Fact]
    public async Task A_plan_keeps_as_many_epochs_as_its_retention_says()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, "stream", 1);
        Topics.Produce(clusters.Source.Address, "stream", 1, 0, 50);
        Assert.Equal(0, (await clusters.BackupAsync()).Exit);
        await using var service = ServiceProcess.Start(clusters.Folder, new Dictionary<string, string>
        {
            ["Repositories:vault"] = $"file:{clusters.Repository}",
            ["Plans:often:Cluster"] = clusters.Source.Address,
            ["Plans:often:Repository"] = "vault",
            ["Plans:often:Schedule"] = "continuous",
            ["Plans:often:Retention:KeepLast"] = "2",
        });

        var epochs = await service.PollAsync("api/epochs", e => e.GetArrayLength() is 1 or 2 && e[0].GetProperty("epoch").GetInt64() >= 3);

        Assert.True(epochs.GetArrayLength() <= 3);
        var prunes = (await service.GetAsync("api/instances")).EnumerateArray().Where(i => i.GetProperty("name").GetString() == "PruneRepository").ToList();
        Assert.Contains(prunes, p => p.GetProperty("runtimeStatus").GetString() == "Completed");
        Assert.Equal(0, await service.TerminateAsync());
        Assert.Equal(0, (await clusters.VerifyAsync()).Exit);
    }

    private Task<CliResult> RunAsync(string command, params string[] options) => KafkaBackupCli.RunAsync(_folder.Path, [command, .. command == "cat" ? options : [], "-r", $"file:{_folder["repository"]}", .. command == "cat" ? [] : options]);

    /// <summary>Epochs of a topic that is another one each time, so that nothing of an earlier one is needed.</summary>
    private static async Task FillAsync(IObjectStore store)
    {
        var repository = await BackupRepository.OpenOrCreateAsync(store, TimeProvider.System, Guid.NewGuid());
        Epoch? parent = null;
        for (var sequence = 1L; sequence <= Epochs; sequence++)
        {
            var lineage = $"life-{sequence}";
            await using var writer = new PartitionWriter(store, new PartitionPath("orders", lineage, $"run-{sequence}", 0), 0, new SegmentPolicy(1, 0));
            using var builder = new RecordBatchBuilder();
            for (var i = 0; i < SegmentsEach; i++)
            {
                for (var r = 0; r < 3; r++)
                    builder.Add(1_000, new byte[] { 1 }, new byte[100], []);
                await writer.AppendAsync(builder.Build(new BatchHeader(i * 3, 0, 0, 0, BatchAttributes.None, 0, 0, 0, -1, -1, -1, 0)), []);
            }

            var backup = await writer.CompleteAsync(SegmentsEach * 3);
            var topic = new TopicEpoch(
                "orders", lineage, null, new Dictionary<string, string?>(), 1,
                [new PartitionEpoch(0, 0, 0, backup.To, -1, backup.Batches, backup.Records, backup.Bytes, backup.MaxTimestamp, backup.Digest)], [], []);
            var time = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).AddHours(sequence);
            parent = await repository.CommitAsync(
                new EpochCore(sequence, parent is null ? null : new EpochParent(parent.Sequence, parent.CoreHash), new ClusterIdentity("c"), [topic], []),
                new Dictionary<string, IReadOnlyList<SegmentReference>> { ["orders"] = backup.Segments },
                new RunInfo($"backup-{sequence}", $"run-{sequence}", time, time, time, "here", "kafka-backup"));
        }
    }
}
