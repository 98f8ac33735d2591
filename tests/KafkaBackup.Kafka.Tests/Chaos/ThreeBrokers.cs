using KafkaBackup.Broker;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBackup.Kafka.Tests.Chaos;

/// <summary>Three brokers with logs that a real broker wrote, on all of them, and empty topics to write to.</summary>
internal sealed class ThreeBrokers : IAsyncDisposable
{
    public const string Source = "source";

    /// <summary>What the partitions of the source hold: transactions, compaction, codecs, idempotence, a log start inside a batch.</summary>
    public static readonly FixtureLog[] Logs = [.. ((string[])["fx-txn-0", "fx-multi-0", "fx-compact-0", "fx-idem-0", "fx-zstd-0", "fx-trimmed-0"]).Select(FixtureLog.Of)];

    private readonly TestFolder _folder = new();
    private readonly BrokerServer _server;

    private ThreeBrokers(IReadOnlyList<string> targets)
    {
        var options = new BrokerOptions
        {
            DataFolder = _folder["data"],
            Nodes = 3,
            Configs = new Dictionary<string, string> { ["authorizer.class.name"] = "kafka.security.auth.SimpleAclAuthorizer" },
            Topics = [new StartTopic(Source, Logs.Length) { Replicas = 3 }, .. targets.Select(t => new StartTopic(t, Logs.Length) { Replicas = 3 })],
        };
        // A topic that lies on all nodes is made first, then the logs are put in its place.
        BrokerServer.Start(options).StopAsync().GetAwaiter().GetResult();
        for (var p = 0; p < Logs.Length; p++)
        {
            var target = Path.Combine(options.DataFolder, $"{Source}-{p}");
            Directory.Delete(target, recursive: true);
            Directory.CreateDirectory(target);
            foreach (var file in Directory.GetFiles(Logs[p].Path))
                File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        WriteCheckpoint(Path.Combine(options.DataFolder, "log-start-offset-checkpoint"), "logStartOffset");
        WriteCheckpoint(Path.Combine(options.DataFolder, "replication-offset-checkpoint"), "highWatermark");
        _server = BrokerServer.Start(options);
    }

    public IReadOnlyList<BrokerNode> Nodes => _server.Nodes;

    public BrokerFaults Faults => _server.Faults;

    public static ThreeBrokers With(IReadOnlyList<string> targets) => new(targets);

    public static long Start(int partition) => Logs[partition].Offsets.GetProperty("logStartOffset").GetInt64();

    public static long Stable(int partition) => Logs[partition].Offsets.GetProperty("lastStableOffset").GetInt64();

    /// <summary>The batches of a log that a backup takes.</summary>
    public static byte[] Bytes(int partition) =>
    [
        .. Logs[partition].LogFiles.SelectMany(f => Some.Batches(File.ReadAllBytes(f)))
            .Where(b => b.Header.NextOffset > Start(partition) && b.Header.NextOffset <= Stable(partition)).SelectMany(b => b.Bytes.ToArray()),
    ];

    public ClusterClient Cluster() => new(
        new ClusterOptions(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = _server.BootstrapServers,
            ["max.partition.fetch.bytes"] = "6000",
            ["fetch.max.bytes"] = "20000",
            ["fetch.wait.max.ms"] = "10",
            ["retry.backoff.ms"] = "2",
            ["retry.backoff.max.ms"] = "20",
            ["socket.timeout.ms"] = "5000",
            ["give.up.after.ms"] = "30000",
        }),
        TimeProvider.System,
        NullLogger<ClusterClient>.Instance);

    public void Move(string topic, int partition, int node)
    {
        try
        {
            _server.MoveLeader(topic, partition, node);
        }
        catch (ArgumentException)
        {
            // That node has stopped meanwhile.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private static void WriteCheckpoint(string path, string offset) => File.WriteAllLines(
        path, ["0", $"{Logs.Length}", .. Logs.Select((log, p) => $"{Source} {p} {log.Offsets.GetProperty(offset).GetInt64()}")]);
}
