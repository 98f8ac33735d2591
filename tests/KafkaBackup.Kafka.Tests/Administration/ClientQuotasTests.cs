using KafkaBackup.Broker;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Tests.Lanes;
using KafkaBackup.Kafka.Tests.Security;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Administration;

/// <summary>Which quota it is that holds for our connections.</summary>
public sealed class ClientQuotasTests
{
    private const string Anonymous = "ANONYMOUS";
    private const string Key = "producer_byte_rate";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly string[] Keys = [Key, "request_percentage"];

    [Fact]
    public async Task The_most_particular_quota_is_found_and_nobody_elses()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = broker.Cluster(("client.id", "app"));
        var quotas = new ClientQuotas(cluster);
        foreach (var other in ((string, string?)[][])[[("user", "bob")], [("client-id", "other")], [("user", Anonymous), ("client-id", "other")], [("user", "bob"), ("client-id", "app")]])
            await SetAsync(cluster, other, (Key, 7));
        AssertKnown(await quotas.ReadAsync(Keys, default).WaitAsync(Soon));

        // From the least particular on; each outweighs those before it.
        (string For, (string, string?)[] Entity)[] subjects =
        [
            ("default client-id", [("client-id", null)]),
            ("client-id app", [("client-id", "app")]),
            ("default user", [("user", null)]),
            ("default user and default client-id", [("user", null), ("client-id", null)]),
            ("default user and client-id app", [("user", null), ("client-id", "app")]),
            ("user ANONYMOUS", [("user", Anonymous)]),
            ("user ANONYMOUS and default client-id", [("user", Anonymous), ("client-id", null)]),
            ("user ANONYMOUS and client-id app", [("user", Anonymous), ("client-id", "app")]),
        ];
        for (var i = 0; i < subjects.Length; i++)
        {
            await SetAsync(cluster, subjects[i].Entity, (Key, 1000 + i));
            AssertKnown(await quotas.ReadAsync(Keys, default).WaitAsync(Soon), new ClientQuota(Key, 1000 + i, subjects[i].For));
        }
    }

    [Fact]
    public async Task Each_key_has_a_quota_of_its_own_and_keys_that_are_not_asked_for_are_left_out()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = broker.Cluster();
        await SetAsync(cluster, [("client-id", "kafka-backup")], ("consumer_byte_rate", 5), ("request_percentage", 150));
        await SetAsync(cluster, [("user", null)], (Key, 1 << 20));
        AssertKnown(
            await new ClientQuotas(cluster).ReadAsync(Keys, default).WaitAsync(Soon),
            new ClientQuota(Key, 1 << 20, "default user"), new ClientQuota("request_percentage", 150, "client-id kafka-backup"));
    }

    [Theory]
    [InlineData("PLAIN", "alice", "user alice")]
    [InlineData("SCRAM-SHA-512", "alice", "user alice")]
    public async Task A_user_who_says_who_he_is_has_his_own(string mechanism, string user, string expected)
    {
        await using var broker = new SecureBroker(SecureBroker.Passwords);
        await using var cluster = broker.Cluster(("security.protocol", "sasl_plaintext"), ("sasl.mechanism", mechanism), ("sasl.username", user), ("sasl.password", "alice-secret"));
        await SetAsync(cluster, [("user", Anonymous)], (Key, 1));
        await SetAsync(cluster, [("user", user)], (Key, 2));
        AssertKnown(await new ClientQuotas(cluster).ReadAsync(Keys, default).WaitAsync(Soon), new ClientQuota(Key, 2, expected));
    }

    [Fact]
    public async Task Where_the_brokers_make_the_users_name_single_users_are_left_out_and_it_is_said()
    {
        await using var broker = new SecureBroker(SecureBroker.Passwords with { SaslMechanisms = ["OAUTHBEARER"] });
        await using var cluster = broker.Cluster(
            ("security.protocol", "sasl_plaintext"), ("sasl.mechanism", "OAUTHBEARER"), ("enable.sasl.oauthbearer.unsecure.jwt", "true"), ("sasl.oauthbearer.config", "principal=carol"));
        await SetAsync(cluster, [("user", "carol")], (Key, 1));
        await SetAsync(cluster, [("client-id", "kafka-backup")], (Key, 2));
        var view = await new ClientQuotas(cluster).ReadAsync(Keys, default).WaitAsync(Soon);
        Assert.Equal([new ClientQuota(Key, 2, "client-id kafka-backup")], view.Quotas);
        Assert.Contains("quotas of single users are not looked at", view.Unknown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_right_stops_nobody_and_is_said()
    {
        await using var broker = DevelopmentBroker.With();
        broker.Faults.Apply("error:DescribeClientQuotas=ClusterAuthorizationFailed");
        await using var cluster = broker.Cluster();
        var view = await new ClientQuotas(cluster).ReadAsync(Keys, default).WaitAsync(Soon);
        Assert.Empty(view.Quotas);
        Assert.Contains("DescribeClientQuotas of the cluster: the broker answered ClusterAuthorizationFailed (31); access to the cluster is missing", view.Unknown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_that_passes_is_waited_for()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = broker.Cluster();
        await SetAsync(cluster, [("client-id", null)], (Key, 3));
        broker.Faults.Fail(ApiKey.DescribeClientQuotas, ErrorCode.CoordinatorLoadInProgress, 2);
        AssertKnown(await new ClientQuotas(cluster).ReadAsync(Keys, default).WaitAsync(Soon), new ClientQuota(Key, 3, "default client-id"));
        Assert.Equal(2, broker.Faults.Injected[(ApiKey.DescribeClientQuotas, Broker.Faults.FaultKind.Error)]);
    }

    [Fact]
    public async Task A_broker_that_does_not_know_them_stops_nobody_and_is_said()
    {
        using var folder = new TestFolder();
        await using var broker = BrokerServer.Start(new BrokerOptions { DataFolder = folder["data"], MaxVersions = new Dictionary<ApiKey, short> { [ApiKey.DescribeClientQuotas] = -1 } });
        await using var cluster = new ClusterClient(ClusterOptions.For(broker.BootstrapServers), TimeProvider.System, NullLogger<ClusterClient>.Instance);
        var view = await new ClientQuotas(cluster).ReadAsync(Keys, default).WaitAsync(Soon);
        Assert.Empty(view.Quotas);
        Assert.Contains("Telling client quotas needs Kafka 2.6 or later (DescribeClientQuotas version 0); it does not speak DescribeClientQuotas", view.Unknown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_above_its_quota_is_counted_as_held_back()
    {
        await using var broker = DevelopmentBroker.With("fx-multi-0");
        await using var cluster = broker.Cluster(("max.partition.fetch.bytes", "2000"));
        await SetAsync(cluster, [("client-id", "kafka-backup")], ("consumer_byte_rate", 40_000));
        var throttled = new ThrottleTime(TimeProvider.System);
        var partition = new TopicPartition("fx-multi", 0);
        var bounds = (await new LogOffsets(cluster).ReadAsync([partition], IsolationLevel.ReadCommitted, default))[partition];
        var sink = new MemorySink();
        var begun = TimeProvider.System.GetTimestamp();
        await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance, throttled).RunAsync([sink.Assign(partition, bounds.LogStart, bounds.End)], default).WaitAsync(Soon);
        // A second's worth is free, and one answer more; what it is held back for all the same it has waited for.
        Assert.InRange(throttled.Total.TotalSeconds, 0.1, TimeProvider.System.GetElapsedTime(begun).TotalSeconds);
    }

    private static void AssertKnown(ClientQuotaView view, params ClientQuota[] quotas)
    {
        Assert.Equal(quotas, view.Quotas);
        Assert.Null(view.Unknown);
    }

    private static async Task SetAsync(ClusterClient cluster, (string Type, string? Name)[] entity, params (string Key, double Value)[] quotas)
    {
        using var lease = await cluster.SendAsync(cluster.Options.BootstrapServers[0], new AlterClientQuotasRequest
        {
            Entries =
            [
                new AlterQuota
                {
                    Entity = [.. entity.Select(part => new QuotaEntity { EntityType = part.Type, EntityName = part.Name })],
                    Changes = [.. quotas.Select(quota => new QuotaChange { Key = quota.Key, Value = quota.Value })],
                },
            ],
        }, default);
        Assert.Equal(ErrorCode.None, lease.Response.Entries.Single().ErrorCode);
    }
}
