using System.Net;
using System.Net.Sockets;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Connections;

/// <summary>A cluster that changes under its client.</summary>
public sealed class ClusterClientTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_leader_is_remembered_until_it_is_asked_for_again()
    {
        var asked = 0;
        ScriptedBroker? broker = null;
        await using var b = broker = ScriptedBroker.Answering(request => Metadata(broker!, (MetadataRequest)request, port: 9_000 + ++asked));
        await using var cluster = Client(broker);
        Assert.Equal(9_001, (await cluster.LeaderAsync("t", 0, refresh: false, default).WaitAsync(Soon)).Port);
        Assert.Equal(9_001, (await cluster.LeaderAsync("t", 0, refresh: false, default).WaitAsync(Soon)).Port);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Asking_creates_no_topic()
    {
        MetadataRequest? request = null;
        ScriptedBroker? broker = null;
        await using var b = broker = ScriptedBroker.Answering(r => Metadata(broker!, request = (MetadataRequest)r));
        await using var cluster = Client(broker);
        await cluster.LeaderAsync("t", 0, refresh: false, default).WaitAsync(Soon);
        Assert.False(request!.AllowAutoTopicCreation);
    }

    [Theory]
    [InlineData(1, ErrorCode.UnknownTopicOrPartition)] // no such partition
    [InlineData(0, ErrorCode.LeaderNotAvailable)] // no such broker
    public async Task A_partition_without_a_leader_is_an_error_that_may_pass(int partition, ErrorCode code)
    {
        ScriptedBroker? broker = null;
        await using var b = broker = ScriptedBroker.Answering(r => Metadata(broker!, (MetadataRequest)r, leader: -1));
        await using var cluster = Client(broker);
        var error = await Assert.ThrowsAsync<BrokerErrorException>(() => cluster.LeaderAsync("t", partition, refresh: false, default).WaitAsync(Soon));
        Assert.Equal(code, error.Code);
        Assert.True(error.IsTransient);
        Assert.Contains($"t-{partition}", error.Message);
    }

    [Fact]
    public async Task Offsets_are_listed_although_the_topic_was_not_there_when_first_asked_for()
    {
        var asked = 0;
        ScriptedBroker? broker = null;
        await using var b = broker = ScriptedBroker.Answering(request => request switch
        {
            MetadataRequest m => Metadata(broker!, m, error: ++asked == 1 ? ErrorCode.UnknownTopicOrPartition : ErrorCode.None),
            ListOffsetsRequest l => Offsets(l, l.Topics[0].Partitions[0].Timestamp == ListOffsetsPartition.Earliest ? 5 : 9),
            _ => null,
        });
        await using var cluster = Client(broker);
        var bounds = await new LogOffsets(cluster).ReadAsync([new("t", 0)], IsolationLevel.ReadCommitted, default).WaitAsync(Soon);
        Assert.Equal((5, 9), (bounds[new("t", 0)].LogStart, bounds[new("t", 0)].End));
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Offsets_are_listed_by_the_new_leader_when_the_old_one_says_it_is_none()
    {
        var (asked, refused) = (0, 0);
        ScriptedBroker? broker = null;
        await using var b = broker = ScriptedBroker.Answering(request =>
        {
            if (request is MetadataRequest m)
            {
                asked++;
                return Metadata(broker!, m);
            }

            return refused++ == 0 ? Offsets((ListOffsetsRequest)request, -1, ErrorCode.NotLeaderOrFollower) : Offsets((ListOffsetsRequest)request, 7);
        });
        await using var cluster = Client(broker);
        Assert.Equal(7, (await new LogOffsets(cluster).ReadAsync([new("t", 0)], IsolationLevel.ReadCommitted, default).WaitAsync(Soon)).Values.Single().End);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_start_that_retention_moved_past_the_end_is_the_end()
    {
        ScriptedBroker? broker = null;
        await using var b = broker = ScriptedBroker.Answering(request => request is MetadataRequest m
            ? Metadata(broker!, m)
            : Offsets((ListOffsetsRequest)request, ((ListOffsetsRequest)request).Topics[0].Partitions[0].Timestamp == ListOffsetsPartition.Earliest ? 9 : 7));
        await using var cluster = Client(broker);
        var bounds = (await new LogOffsets(cluster).ReadAsync([new("t", 0)], IsolationLevel.ReadCommitted, default).WaitAsync(Soon)).Values.Single();
        Assert.Equal((9, 9), (bounds.LogStart, bounds.End));
    }

    [Fact]
    public async Task An_error_that_does_not_pass_is_not_tried_again()
    {
        var asked = 0;
        ScriptedBroker? broker = null;
        await using var b = broker = ScriptedBroker.Answering(request =>
        {
            if (request is MetadataRequest m)
                return Metadata(broker!, m);
            asked++;
            return Offsets((ListOffsetsRequest)request, -1, ErrorCode.TopicAuthorizationFailed);
        });
        await using var cluster = Client(broker);
        var error = await Assert.ThrowsAsync<BrokerErrorException>(() => new LogOffsets(cluster).ReadAsync([new("t", 0)], IsolationLevel.ReadCommitted, default).WaitAsync(Soon));
        Assert.Equal((ErrorCode.TopicAuthorizationFailed, 1), (error.Code, asked));
    }

    [Fact]
    public async Task A_broken_shared_connection_is_opened_again()
    {
        var asked = 0;
        ScriptedBroker? broker = null;
        await using var b = broker = ScriptedBroker.Answering(request => ++asked == 2 ? null : Metadata(broker!, (MetadataRequest)request));
        await using var cluster = Client(broker);
        await cluster.DescribeAsync(["t"], default).WaitAsync(Soon);
        await cluster.DescribeAsync(["t"], default).WaitAsync(Soon);
        Assert.Equal((3, 2), (asked, broker.Connections));
    }

    [Fact]
    public async Task The_next_server_is_asked_where_the_first_does_not_answer()
    {
        ScriptedBroker? broker = null;
        await using var b = broker = ScriptedBroker.Answering(request => Metadata(broker!, (MetadataRequest)request));
        await using var cluster = new ClusterClient(ClusterOptions.For($"{Free()},{broker.Address}"), TimeProvider.System, NullLogger<ClusterClient>.Instance);
        Assert.Equal("c", (await cluster.DescribeAsync([], default).WaitAsync(Soon)).ClusterId);
    }

    [Fact]
    public async Task Where_no_server_answers_one_error_names_them_all()
    {
        var (first, second) = (Free(), Free());
        await using var cluster = new ClusterClient(
            new ClusterOptions(new Dictionary<string, string> { ["bootstrap.servers"] = $"{first},{second}" }) { GiveUpAfter = TimeSpan.Zero },
            TimeProvider.System,
            NullLogger<ClusterClient>.Instance);
        var error = await Assert.ThrowsAsync<BrokerConnectionException>(() => cluster.DescribeAsync([], default).WaitAsync(Soon));
        Assert.Contains(first.ToString(), error.Message);
        Assert.Contains(second.ToString(), error.Message);
    }

    [Fact]
    public async Task One_failure_that_took_long_does_not_use_up_the_patience()
    {
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
        await using var cluster = new ClusterClient(ClusterOptions.For("127.0.0.1:1"), time, NullLogger<ClusterClient>.Instance);
        var attempts = 0;
        var done = cluster.RetryAsync("try", () =>
        {
            attempts++;
            time.Advance(TimeSpan.FromSeconds(61));
            return attempts == 1 ? throw new BrokerConnectionException(new BrokerAddress("h", 1), "no answer") : Task.FromResult(attempts);
        }, default);
        while (!done.IsCompleted)
            time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, await done);
    }

    [Fact]
    public async Task What_keeps_failing_is_given_up_after_a_while()
    {
        var time = new FakeTimeProvider();
        await using var cluster = new ClusterClient(ClusterOptions.For("127.0.0.1:1"), time, NullLogger<ClusterClient>.Instance);
        var attempts = 0;
        var done = cluster.RetryAsync<int>("try", () =>
        {
            attempts++;
            throw new BrokerConnectionException(new BrokerAddress("h", 1), "no answer");
        }, default);
        var seconds = 0;
        for (; !done.IsCompleted; seconds++)
            time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<BrokerConnectionException>(() => done);
        Assert.InRange(seconds, 59, 62);
        Assert.InRange(attempts, 50, 70);
    }

    [Theory]
    [InlineData("h:9092", "h", 9092)]
    [InlineData("[::1]:1", "::1", 1)]
    public void An_address_is_a_host_and_a_port(string text, string host, int port) => Assert.Equal(new BrokerAddress(host, port), BrokerAddress.Parse(text));

    [Theory]
    [InlineData("h")]
    [InlineData("h:")]
    [InlineData(":9092")]
    [InlineData("h:0")]
    [InlineData("h:65536")]
    [InlineData("h:x")]
    public void What_is_no_address_is_refused(string text) =>
        Assert.Contains(text, Assert.Throws<ClusterConfigurationException>(() => BrokerAddress.Parse(text)).Message);

    [Fact]
    public void A_property_that_can_not_be_honoured_is_refused_by_name()
    {
        foreach (var (name, value) in new[] { ("security.protocol", "kerberos"), ("sasl.mechanism", "PLAIN"), ("ssl.ca.location", "ca.pem"), ("linger.ms", "5"), ("socket.timeout.ms", "soon"), ("fetch.wait.max.ms", "60000") })
        {
            var refusal = Assert.Throws<ClusterConfigurationException>(() =>
                new ClusterOptions(new Dictionary<string, string> { ["bootstrap.servers"] = "h:1", [name] = value }).RequestTimeout);
            Assert.Contains(name, refusal.Message);
        }

        Assert.Throws<ClusterConfigurationException>(() => ClusterOptions.For(" , "));
    }

    private static ClusterClient Client(ScriptedBroker broker) => new(broker.Options(), TimeProvider.System, NullLogger<ClusterClient>.Instance);

    private static MetadataResponse Metadata(ScriptedBroker broker, MetadataRequest request, int? port = null, int leader = 1, ErrorCode error = ErrorCode.None) => new()
    {
        ClusterId = "c",
        Brokers = [new BrokerMetadata { NodeId = 1, Host = broker.Address.Host, Port = port ?? broker.Address.Port }],
        Topics = [.. request.Topics!.Select(t => new TopicMetadata
        {
            Name = t.Name,
            ErrorCode = error,
            Partitions = error == ErrorCode.None ? [new PartitionMetadata { Partition = 0, LeaderId = leader }] : [],
        })],
    };

    private static ListOffsetsResponse Offsets(ListOffsetsRequest request, long offset, ErrorCode error = ErrorCode.None) => new()
    {
        Topics = [.. request.Topics.Select(t => new ListedOffsetsTopic
        {
            Topic = t.Topic,
            Partitions = [.. t.Partitions.Select(p => new ListedOffsetsPartition { Partition = p.Partition, Offset = offset, ErrorCode = error })],
        })],
    };

    private static BrokerAddress Free()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        try
        {
            return new BrokerAddress("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);
        }
        finally
        {
            listener.Stop();
        }
    }
}
