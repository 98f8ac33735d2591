using System.Diagnostics;
using System.Text.Json;
using Confluent.Kafka.Admin;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>The process is killed, really, again and again, and the same command run again.</summary>
public sealed class CrashTests
{
    private const string Topic = "crash";
    private const int Partitions = 7;
    private const int Records = 40_000;
    private const int ValueBytes = 500;

    // So that an undisturbed run lasts more than ten seconds.
    private const string RateLimit = "1800K";
    private static readonly TimeSpan LeastDuration = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_backup_killed_ten_times_leaves_what_an_undisturbed_one_leaves()
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        await using var clusters = TwoClusters.Start();
        await LoadAsync(clusters.Source.Address);
        var calm = Path.Combine(clusters.Folder, "calm");
        var stormy = Path.Combine(clusters.Folder, "stormy");
        string[] Command(string place) =>
        [
            "backup", "--bootstrap-server", clusters.Source.Address, "--repository", $"file:{place}", "--state", $"{place}-state",
            "--segment-bytes", "128K", "--rate-limit", RateLimit,
        ];
        var clock = Stopwatch.StartNew();
        var undisturbed = await KafkaBackupCli.RunAsync(clusters.Folder, Command(calm));
        Assert.True(undisturbed.Exit == 0, undisturbed.Errors);
        Figures.Print($"undisturbed backup: {clock.Elapsed.TotalSeconds:0.0} s, {SegmentBytes(calm)} bytes");
        Assert.True(clock.Elapsed >= LeastDuration, $"the undisturbed run took {clock.Elapsed}");

        var storm = new KillSchedule("backup", () => KafkaBackupCli.Start(clusters.Folder, Command(stormy)), () => SegmentBytes(stormy), SegmentBytes(calm));
        await using var last = await storm.RunAsync();

        Assert.True(storm.KilledAtWork >= 8, $"only {storm.KilledAtWork} kills struck while it worked");
        Assert.Equal(Core(calm), Core(stormy));
        Assert.Equal(Segments(calm).Keys, Segments(stormy).Keys);
        foreach (var (name, bytes) in Segments(calm))
            Assert.True(bytes.AsSpan().SequenceEqual(Segments(stormy)[name]), $"{name} differs");
        var verify = await KafkaBackupCli.RunAsync(clusters.Folder, "verify", "--repository", $"file:{stormy}", "--level", "full");
        Assert.True(verify.Exit == 0, verify.Output);
        await AssertHistoryTellsAsync(clusters.Folder, $"{stormy}-state", "BackUpPartitions", once: ["OpenEpoch", "FixCut"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_restore_killed_ten_times_loses_nothing_and_doubles_nothing(bool lastRequestsComeLate)
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        await using var clusters = TwoClusters.Start(targetArguments: lastRequestsComeLate ? ["--fault", "late:60ms+2s"] : []);
        await LoadAsync(clusters.Source.Address);
        await Witness.CommitAsync(clusters.Source.Address, "followers", new Confluent.Kafka.TopicPartitionOffset(Topic, 3, 1234));
        var backup = await clusters.BackupAsync();
        Assert.True(backup.Exit == 0, backup.Errors);
        string[] command =
        [
            "restore", "--bootstrap-server", clusters.Target.Address, "--repository", $"file:{clusters.Repository}", "--state", Path.Combine(clusters.Folder, "restore-state"),
            "--rate-limit", RateLimit,
        ];
        var storm = new KillSchedule(
            lastRequestsComeLate ? "restore with late requests" : "restore",
            () => KafkaBackupCli.Start(clusters.Folder, command), () => LogBytes(clusters.Target.Data), LogBytes(clusters.Source.Data));

        await using var last = await storm.RunAsync();

        Assert.True(storm.KilledAtWork >= 8, $"only {storm.KilledAtWork} kills struck while it worked");
        for (var partition = 0; partition < Partitions; partition++)
        {
            var source = Witness.ReadAll(clusters.Source.Address, Topic, partition);
            var target = Witness.ReadAll(clusters.Target.Address, Topic, partition);
            Assert.Equal(source.Count, target.Count);
            Assert.Equal(source, target);
        }

        Assert.Equal(
            Witness.ReadAll(clusters.Source.Address, Topic, 3).Where(r => r.Offset >= 1234),
            Witness.Continue(clusters.Target.Address, "followers", Topic, 3));
        await AssertHistoryTellsAsync(clusters.Folder, Path.Combine(clusters.Folder, "restore-state"), "RestorePartitions", once: ["PlanRestore", "PrepareTopics"]);
    }

    private static async Task LoadAsync(string broker)
    {
        using (var admin = new Confluent.Kafka.AdminClientBuilder(new Confluent.Kafka.AdminClientConfig { BootstrapServers = broker }).Build())
            await admin.CreateTopicsAsync([new TopicSpecification { Name = Topic, NumPartitions = Partitions }]);
        var random = new Random(TestSize.Seed);
        await Kcat.ProduceAsync(broker, Topic, ["-X", "topic.partitioner=murmur2_random", "-X", "batch.size=65536"], async writer =>
        {
            for (var i = 0; i < Records; i++)
                await writer.WriteLineAsync($"key-{i}\t{i} {new string((char)('a' + random.Next(26)), ValueBytes)}");
        });
    }

    /// <summary>The history says that finished steps were done once, and that the killed one was begun again.</summary>
    private static async Task AssertHistoryTellsAsync(string folder, string state, string repeated, string[] once)
    {
        var instances = await KafkaBackupCli.RunAsync(folder, "instances", "--state", state, "--json");
        using var listed = JsonDocument.Parse(instances.Output);
        var id = listed.RootElement.EnumerateArray().Single().GetProperty("instanceId").GetString()!;
        var history = await KafkaBackupCli.RunAsync(folder, "history", id, "--state", state, "--json");
        using var lines = JsonDocument.Parse(history.Output);
        var begun = lines.RootElement.EnumerateArray().Where(e => e.GetProperty("event").GetString() == "TaskStarted").ToList();
        foreach (var name in once)
            Assert.Single(begun, e => e.GetProperty("name").GetString() == name);
        var attempts = begun.Where(e => e.GetProperty("name").GetString() == repeated).Max(e => e.GetProperty("attempt").GetInt32());
        Figures.Print($"{repeated} was begun up to {attempts} times; {string.Join(", ", once)} once");
        Assert.True(attempts > 1, history.Output);
        Assert.Contains("begun again", (await KafkaBackupCli.RunAsync(folder, "history", id, "--state", state)).Output, StringComparison.Ordinal);
    }

    /// <summary>The core of the only manifest, as it stands in the file.</summary>
    private static string Core(string repository)
    {
        var manifest = File.ReadAllBytes(Directory.GetFiles(Path.Combine(repository, "epochs"), "*.json").Single());
        using var json = JsonDocument.Parse(manifest);
        return json.RootElement.GetProperty("core").GetRawText();
    }

    /// <summary>The segments' files by name, without the run's own folder in it.</summary>
    private static SortedDictionary<string, byte[]> Segments(string repository) => new(
        Files(Path.Combine(repository, "topics"), "*").ToDictionary(
            file => Path.Combine(Path.GetFileName(Path.GetDirectoryName(file))!, Path.GetFileName(file)), File.ReadAllBytes),
        StringComparer.Ordinal);

    private static long SegmentBytes(string repository) => Files(Path.Combine(repository, "topics"), "*.log").Sum(Length);

    private static long LogBytes(string data) => Files(data, "*.log").Where(f => f.Contains(Topic, StringComparison.Ordinal)).Sum(Length);

    private static long Length(string file) => new FileInfo(file) is { Exists: true } info ? info.Length : 0;

    private static IEnumerable<string> Files(string folder, string pattern) => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateFiles(folder, pattern, new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
            .Where(file => !Path.GetFileName(file).StartsWith('.'));
}
