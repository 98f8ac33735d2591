using KafkaBackup.Broker;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>A broker of our own that serves logs which a real broker wrote, and has an empty topic to write to.</summary>
internal sealed class DevelopmentBroker : IAsyncDisposable
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    public static readonly TopicPartition Target = new("target", 0);

    private readonly string _folder;
    private readonly BrokerServer _server;

    private DevelopmentBroker(string folder, BrokerServer server) => (_folder, _server) = (folder, server);

    public string BootstrapServers => _server.BootstrapServers;

    public BrokerFaults Faults => _server.Faults;

    /// <summary>Starts it with an authorizer, so that it knows access control entries.</summary>
    public static DevelopmentBroker WithAccessControl() => Start([], new Dictionary<string, string> { ["authorizer.class.name"] = "kafka.security.auth.SimpleAclAuthorizer" });

    /// <summary>Starts it with the fixtures of these names.</summary>
    public static DevelopmentBroker With(params string[] logs) => Start(logs, new Dictionary<string, string>());

    private static DevelopmentBroker Start(string[] logs, IReadOnlyDictionary<string, string> configs)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"lanes-{Guid.NewGuid():n}");
        if (logs.Length > 0)
            Fixtures.CopyLogs(folder, logs);
        return new DevelopmentBroker(folder, BrokerServer.Start(new BrokerOptions { DataFolder = folder, Topics = [new StartTopic(Target.Topic, 3)], Configs = configs }));
    }

    public ClusterClient Cluster(params (string Name, string Value)[] properties) => new(
        new ClusterOptions(new Dictionary<string, string>(properties.Select(p => KeyValuePair.Create(p.Name, p.Value)))
        {
            ["bootstrap.servers"] = BootstrapServers,
            ["retry.backoff.ms"] = "5",
        }) { GiveUpAfter = TimeSpan.FromSeconds(20) },
        TimeProvider.System,
        NullLogger<ClusterClient>.Instance);

    public static async Task<long> FetchAsync(ClusterClient cluster, FetchAssignment assignment) =>
        (await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance).RunAsync([assignment], default).WaitAsync(Soon))[0].To;

    /// <summary>Everything in the target's first partition.</summary>
    public static async Task<List<Protocol.Records.Record>> ReadTargetAsync(ClusterClient cluster)
    {
        var end = (await new LogOffsets(cluster).ReadAsync([Target], IsolationLevel.ReadUncommitted, default).WaitAsync(Soon))[Target].End;
        var sink = new MemorySink();
        Assert.Equal(end, await FetchAsync(cluster, sink.Assign(Target, 0, end)));
        Assert.Empty(sink.Aborted);
        return sink.Records(0, end);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
