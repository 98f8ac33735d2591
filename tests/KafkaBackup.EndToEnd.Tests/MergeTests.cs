using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Leases;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>The small segments of many epochs become large ones, by the command, and killing the command harms nothing.</summary>
public sealed class MergeTests : IDisposable
{
    private const int Partitions = 40;
    private const int Epochs = 6;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_at_any_moment_a_merge_leaves_a_whole_repository_and_the_same_command_ends_it()
    {
        var store = new FileSystemObjectStore(_folder["repository"]);
        await FillAsync(store);
        var records = (await RunAsync("cat", "orders")).Output;
        var old = (await RunAsync("cat", "orders", "--epoch", "3")).Output;
        var random = new Random(TestSize.Seed);
        var (kills, atWork) = (TestSize.Of(8, 60), 0);
        for (var kill = 0; kill < kills; kill++)
        {
            var before = Files();
            await using var process = KafkaBackupCli.Start(_folder.Path, Command("merge"));
            // It begins with its lease.
            while (!process.HasExited && Files() == before)
                await Task.Delay(1, TestContext.Current.CancellationToken);
            await Task.Delay(random.Next(500), TestContext.Current.CancellationToken);
            atWork += process.HasExited ? 0 : 1;
            await process.KillAsync();

            var report = await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Empty(report.Findings);
            Assert.Equal(Epochs, report.Epochs);
        }

        Figures.Print($"merge: {atWork} of {kills} kills struck it at work, seed {TestSize.Seed}");
        Assert.True(atWork > 0);
        var last = await RunAsync("merge");
        Assert.True(last.Exit == 0, last.Errors);
        Assert.Single(Directory.GetFiles(Path.Combine(_folder["repository"], "merges")));
        Assert.Equal(records, (await RunAsync("cat", "orders")).Output);

        // One more epoch, and what was replaced goes.
        await AddAsync(store);
        Assert.Equal(0, (await RunAsync("prune", "--keep-last", "100")).Exit);
        Assert.Equal(Partitions, Directory.GetFiles(_folder["repository"], "*.log", SearchOption.AllDirectories).Length);
        var verified = await RunAsync("verify", "--level", "full");
        Assert.True(verified.Exit == 0, verified.Output);
        Assert.Equal(records, (await RunAsync("cat", "orders", "--epoch", $"{Epochs}")).Output);
        Assert.Equal(old, (await RunAsync("cat", "orders", "--epoch", "3")).Output);

        string Files() => Path.Combine(_folder["repository"], "locks") is var locks && Directory.Exists(locks) ? string.Join(' ', Directory.GetFiles(locks, "*", SearchOption.AllDirectories).Order()) : "";
    }

    [Fact]
    public async Task What_would_be_merged_is_shown_and_what_was_is_told_in_words_and_json()
    {
        var store = new FileSystemObjectStore(_folder["repository"]);
        await FillAsync(store);
        var files = Directory.GetFiles(_folder["repository"], "*", SearchOption.AllDirectories).Order().ToList();

        var dry = await RunAsync("merge", "--dry-run");

        Assert.True(dry.Exit == 0, dry.Errors);
        Assert.Contains($"would merge {Partitions * Epochs} segments", dry.Output, StringComparison.Ordinal);
        Assert.Contains($"about 1 objects in the place of {Partitions * Epochs * 3}", dry.Output, StringComparison.Ordinal);
        Assert.Equal(files, Directory.GetFiles(_folder["repository"], "*", SearchOption.AllDirectories).Order());
        OneLine.Assert(await RunAsync("merge", "--topics", "order"), 6, "there is no topic in this repository 'order'", "'orders'");
        OneLine.Assert(await RunAsync("merge", "--least-segments", "1"), 2, "one segment alone can't be merged", "2 or more");
        OneLine.Assert(await RunAsync("merge", "--segment-bytes", "2G"), 2, "a segment has 2147483647 bytes at most", "--segment-bytes");
        var none = await RunAsync("merge", "--least-segments", "100");
        Assert.True(none.Exit == 0 && none.Output.Contains("nothing to merge", StringComparison.Ordinal), none.Output + none.Errors);

        // Another writer is at work.
        var lease = new WriterLease(store, new LeaseHolder("another", "there"), new LeaseOptions { Patience = TimeSpan.FromSeconds(30) }, TimeProvider.System);
        await lease.TakeAsync(TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var renewing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await lease.RenewAsync(TestContext.Current.CancellationToken);
                await Task.Delay(500, TestContext.Current.CancellationToken);
            }
        }, TestContext.Current.CancellationToken);
        OneLine.Assert(await RunAsync("merge"), 5, "run another on there is writing to the repository", "wait until it has ended");
        await stop.CancelAsync();
        await renewing;
        await lease.ReturnAsync(TestContext.Current.CancellationToken);

        // Damage is told, and the rest is merged.
        var damaged = Directory.GetFiles(_folder["repository"], "*.log", SearchOption.AllDirectories).First(path => path.Contains("run-2", StringComparison.Ordinal) && path.Contains("orders-7", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(damaged, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes, TestContext.Current.CancellationToken);
        var done = await RunAsync("merge", "--json");
        OneLine.Assert(done with { Output = "" }, 4, "orders-7 [2, 4)", "left as it is");
        var report = JsonDocument.Parse(done.Output).RootElement;
        Assert.Equal((1, Epochs), (report.GetProperty("number").GetInt32(), report.GetProperty("epoch").GetInt32()));
        Assert.Equal(((Partitions - 1) * Epochs, Partitions - 1), report.GetProperty("topics")[0] is var topic ? (topic.GetProperty("segments").GetInt32(), topic.GetProperty("became").GetInt32()) : default);
        var history = await KafkaBackupCli.RunAsync(_folder.Path, "instances", "--json");
        Assert.Contains("MergeRepository", history.Output, StringComparison.Ordinal);
    }

    private string[] Command(string command, params string[] options) =>
        [command, .. command == "cat" ? options : [], "-r", $"file:{_folder["repository"]}", .. command == "cat" ? [] : options];

    private Task<CliResult> RunAsync(string command, params string[] options) => KafkaBackupCli.RunAsync(_folder.Path, Command(command, options));

    private static async Task FillAsync(IObjectStore store)
    {
        await BackupRepository.OpenOrCreateAsync(store, TimeProvider.System, Guid.NewGuid());
        for (var epoch = 0; epoch < Epochs; epoch++)
            await AddAsync(store);
    }

    /// <summary>One more epoch, with two records for each partition.</summary>
    private static async Task AddAsync(IObjectStore store)
    {
        var repository = await BackupRepository.OpenAsync(store);
        var parent = await repository.LatestAsync();
        var sequence = (parent?.Sequence ?? 0) + 1;
        var from = (sequence - 1) * 2;
        var backups = new List<PartitionBackup>();
        using var builder = new RecordBatchBuilder();
        for (var partition = 0; partition < Partitions; partition++)
        {
            await using var writer = new PartitionWriter(store, new PartitionPath("orders", "life-1", $"run-{sequence}", partition), from, SegmentPolicy.Default);
            builder.Add(1_000 + sequence, new byte[] { 1 }, new byte[100], []);
            builder.Add(1_000 + sequence, new byte[] { 2 }, new byte[100], []);
            await writer.AppendAsync(builder.Build(new BatchHeader(from, 0, 0, 0, BatchAttributes.None, 0, 0, 0, -1, -1, -1, 0)), []);
            backups.Add(await writer.CompleteAsync(from + 2));
        }

        var topic = new TopicEpoch(
            "orders", "life-1", null, new Dictionary<string, string?>(), 1,
            [.. backups.Select(b => new PartitionEpoch(b.Partition, 0, b.From, b.To, -1, b.Batches, b.Records, b.Bytes, b.MaxTimestamp, b.Digest))], [], []);
        var time = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).AddHours(sequence);
        await repository.CommitAsync(
            new EpochCore(sequence, parent is null ? null : new EpochParent(parent.Sequence, parent.CoreHash), new ClusterIdentity("c"), [topic], []),
            new Dictionary<string, IReadOnlyList<SegmentReference>> { ["orders"] = [.. backups.SelectMany(b => b.Segments)] },
            new RunInfo($"backup-{sequence}", $"run-{sequence}", time, time, time, "here", "kafka-backup"));
    }
}
