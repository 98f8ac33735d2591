using System.Text.Json;
using Confluent.Kafka.Admin;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>The topic that crash tests move, and what they look at afterwards.</summary>
internal static class CrashTopic
{
    public const string Topic = "crash";
    public const int Partitions = 7;
    private const int Records = 40_000;
    private const int ValueBytes = 500;

    /// <summary>So that an undisturbed run lasts more than ten seconds.</summary>
    public const string RateLimit = "1800K";

    public static async Task LoadAsync(string broker, int partitions = Partitions)
    {
        using (var admin = new Confluent.Kafka.AdminClientBuilder(new Confluent.Kafka.AdminClientConfig { BootstrapServers = broker }).Build())
            await admin.CreateTopicsAsync([new TopicSpecification { Name = Topic, NumPartitions = partitions }]);
        var random = new Random(TestSize.Seed);
        await Kcat.ProduceAsync(broker, Topic, ["-X", "topic.partitioner=murmur2_random", "-X", "batch.size=65536"], async writer =>
        {
            for (var i = 0; i < Records; i++)
                await writer.WriteLineAsync($"key-{i}\t{i} {new string((char)('a' + random.Next(26)), ValueBytes)}");
        });
    }

    /// <summary>The history says that finished steps were done once, and that the killed one was begun again.</summary>
    public static async Task AssertHistoryTellsAsync(string folder, string state, string repeated, string[] once)
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
    public static string Core(string repository)
    {
        var manifest = File.ReadAllBytes(Directory.GetFiles(Path.Combine(repository, "epochs"), "*.json").Single());
        using var json = JsonDocument.Parse(manifest);
        return json.RootElement.GetProperty("core").GetRawText();
    }

    /// <summary>The segments' files by name, without the run's own folder in it.</summary>
    public static SortedDictionary<string, byte[]> Segments(string repository) => new(
        Files(Path.Combine(repository, "topics"), "*").ToDictionary(
            file => Path.Combine(Path.GetFileName(Path.GetDirectoryName(file))!, Path.GetFileName(file)), File.ReadAllBytes),
        StringComparer.Ordinal);

    /// <summary>The durable bytes of segments, in packs or alone.</summary>
    public static long SegmentBytes(string repository) =>
        Files(Path.Combine(repository, "topics"), "*.log").Concat(Files(Path.Combine(repository, "packs"), "*")).Sum(Length);

    public static long LogBytes(string data) => Files(data, "*.log").Where(f => f.Contains(Topic, StringComparison.Ordinal)).Sum(Length);

    private static long Length(string file) => new FileInfo(file) is { Exists: true } info ? info.Length : 0;

    private static IEnumerable<string> Files(string folder, string pattern) => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateFiles(folder, pattern, new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
            .Where(file => !Path.GetFileName(file).StartsWith('.'));
}
