using System.Net;
using KafkaBackup.Broker;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Broker.Security;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Tests.Lanes;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Security;

/// <summary>A broker whose listener is secured, with a log of a real broker's, and how to see whether the lanes and Confluent.Kafka get in.</summary>
internal sealed class SecureBroker : IAsyncDisposable
{
    public const string Log = "fx-multi-0";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private readonly TestFolder _folder = new();
    private readonly BrokerServer _server;

    public SecureBroker(BrokerSecurity security, string host = "127.0.0.1", params (string Name, string Value)[] configs)
    {
        Fixtures.CopyLogs(_folder["data"], Log);
        _server = BrokerServer.Start(new BrokerOptions
        {
            DataFolder = _folder["data"],
            Security = security,
            Listen = new IPEndPoint(IPAddress.Any, 0),
            AdvertisedHost = host,
            Configs = configs.ToDictionary(c => c.Name, c => c.Value),
        });
    }

    public static BrokerSecurity Passwords { get; } = new()
    {
        SaslMechanisms = ["PLAIN", "SCRAM-SHA-512", "SCRAM-SHA-256"],
        Users = [new BrokerUser("alice", "alice-secret"), new BrokerUser("o'hara, jr=", "pass,word=1")],
    };

    public string Address => _server.BootstrapServers;

    public BrokerFaults Faults => _server.Faults;

    public ClusterOptions Options(params (string Name, string Value)[] properties) => new(
        new Dictionary<string, string>(properties.Select(p => KeyValuePair.Create(p.Name, p.Value))) { ["bootstrap.servers"] = Address, ["retry.backoff.ms"] = "5" })
    { GiveUpAfter = TimeSpan.FromSeconds(10) };

    public ClusterClient Cluster(params (string Name, string Value)[] properties) => new(Options(properties), TimeProvider.System, NullLogger<ClusterClient>.Instance);

    /// <summary>The lanes read what the log holds, and Confluent.Kafka describes its topic, under the same properties.</summary>
    public async Task ComesInAsync(params (string Name, string Value)[] properties)
    {
        await ReadAsync(properties);
        using var admin = new ClusterAdmin(Options(properties), TimeProvider.System);
        Assert.NotEmpty((await admin.ReadSettingsAsync(["fx-multi"]).WaitAsync(Soon))["fx-multi"]);
    }

    /// <summary>The lanes read what the log holds.</summary>
    public async Task ReadAsync(params (string Name, string Value)[] properties)
    {
        await using var cluster = Cluster(properties);
        await cluster.ConnectAsync(default).WaitAsync(Soon);
        var sink = new MemorySink();
        var partition = new TopicPartition("fx-multi", 0);
        var bounds = (await new LogOffsets(cluster).ReadAsync([partition], IsolationLevel.ReadCommitted, default).WaitAsync(Soon))[partition];
        await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance).RunAsync([sink.Assign(partition, bounds.LogStart, bounds.End)], default).WaitAsync(Soon);
        Assert.True(FixtureLog.Of(Log).LogFiles.SelectMany(File.ReadAllBytes).SequenceEqual(sink.Bytes));
    }

    /// <summary>The lanes are refused at once, in one line.</summary>
    public async Task<ClusterException> IsRefusedAsync(params (string Name, string Value)[] properties)
    {
        await using var cluster = Cluster(properties);
        var refusal = await Assert.ThrowsAnyAsync<ClusterException>(() => cluster.ConnectAsync(default).WaitAsync(Soon));
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Contains(Address, refusal.Message);
        return refusal;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
