using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Tests.Connections;
using KafkaBackup.Kafka.Tests.Lanes;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Administration;

/// <summary>What groups have committed: read whole or not at all, written without another cluster's epochs.</summary>
public sealed class GroupOffsetsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task What_is_committed_is_read_back_with_its_metadata_and_without_a_leader_epoch()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = broker.Cluster();
        var offsets = new GroupOffsets(cluster);
        await offsets.CommitAsync("g", [new(new("target", 2), 7, 5, "noted"), new(new("target", 0), 3, -1, "")], default).WaitAsync(Soon);
        await offsets.CommitAsync("h", [new(new("target", 1), 1, -1, "")], default).WaitAsync(Soon);
        Assert.Equal(
            [new(new("target", 0), 3, -1, ""), new(new("target", 2), 7, -1, "noted")],
            await offsets.ReadAsync("g", default).WaitAsync(Soon));
        Assert.Empty(await offsets.ReadAsync("nobody", default).WaitAsync(Soon));
    }

    [Fact]
    public async Task The_sources_leader_epoch_is_not_committed()
    {
        OffsetCommitRequest? sent = null;
        await using var broker = Coordinator(request =>
        {
            sent = (OffsetCommitRequest)request;
            return new OffsetCommitResponse { Topics = [.. sent.Topics.Select(t => new CommittedTopic { Topic = t.Topic, Partitions = [.. t.Partitions.Select(p => new CommittedPartition { Partition = p.Partition })] })] };
        });
        await using var cluster = Cluster(broker);
        await new GroupOffsets(cluster).CommitAsync("g", [new(new("t", 1), 42, 7, "m")], default).WaitAsync(Soon);
        var partition = sent!.Topics.Single().Partitions.Single();
        Assert.Equal((1, 42, -1, "m"), (partition.Partition, partition.Offset, partition.LeaderEpoch, partition.Metadata));
    }

    [Fact]
    public async Task A_refused_commit_is_an_error_that_names_group_and_partition()
    {
        await using var broker = Coordinator(_ => new OffsetCommitResponse
        {
            Topics = [new CommittedTopic { Topic = "t", Partitions = [new CommittedPartition(), new CommittedPartition { Partition = 1, ErrorCode = ErrorCode.UnknownMemberId }] }],
        });
        await using var cluster = Cluster(broker);
        var error = await Assert.ThrowsAsync<BrokerErrorException>(() => new GroupOffsets(cluster).CommitAsync("g", [new(new("t", 1), 42, 7, "m")], default).WaitAsync(Soon));
        Assert.Equal(ErrorCode.UnknownMemberId, error.Code);
        Assert.Contains("g for t-1", error.Message);
    }

    [Fact]
    public async Task One_partition_that_can_not_be_read_fails_the_group()
    {
        await using var broker = Coordinator(_ => Fetched((0, 5, ErrorCode.None), (1, -1, ErrorCode.TopicAuthorizationFailed)));
        await using var cluster = Cluster(broker);
        var error = await Assert.ThrowsAsync<BrokerErrorException>(() => new GroupOffsets(cluster).ReadAsync("g", default).WaitAsync(Soon));
        Assert.Contains("g for t-1", error.Message);
    }

    [Fact]
    public async Task Offsets_that_a_transaction_may_still_change_are_waited_for()
    {
        var asked = new List<OffsetFetchRequest>();
        await using var broker = Coordinator(request =>
        {
            asked.Add((OffsetFetchRequest)request);
            return asked.Count < 3 ? Fetched((0, -1, ErrorCode.UnstableOffsetCommit)) : Fetched((0, 9, ErrorCode.None), (1, -1, ErrorCode.None));
        });
        await using var cluster = Cluster(broker);
        Assert.Equal([new(new("t", 0), 9, -1, "")], await new GroupOffsets(cluster).ReadAsync("g", default).WaitAsync(Soon));
        Assert.All(asked, a => Assert.True(a is { RequireStable: true, Topics: null }));
    }

    [Fact]
    public async Task The_groups_own_coordinator_is_asked()
    {
        await using var coordinator = ScriptedBroker.Answering(request => request is OffsetFetchRequest ? Fetched((0, 9, ErrorCode.None)) : null);
        await using var other = ScriptedBroker.Answering(request => request is FindCoordinatorRequest { CoordinatorKey: "g", KeyType: CoordinatorType.Group }
            ? new FindCoordinatorResponse { NodeId = 2, Host = coordinator.Address.Host, Port = coordinator.Address.Port }
            : null);
        await using var cluster = Cluster(other);
        Assert.Single(await new GroupOffsets(cluster).ReadAsync("g", default).WaitAsync(Soon));
    }

    private static ScriptedBroker Coordinator(Func<Request, Response> answer)
    {
        ScriptedBroker? broker = null;
        return broker = ScriptedBroker.Answering(request => request is FindCoordinatorRequest
            ? new FindCoordinatorResponse { NodeId = 1, Host = broker!.Address.Host, Port = broker.Address.Port }
            : answer(request));
    }

    private static ClusterClient Cluster(ScriptedBroker broker) => new(broker.Options(), TimeProvider.System, NullLogger<ClusterClient>.Instance);

    private static OffsetFetchResponse Fetched(params (int Partition, long Offset, ErrorCode Code)[] partitions) => new()
    {
        Topics = [new FetchedOffsetsTopic
        {
            Topic = "t",
            Partitions = [.. partitions.Select(p => new FetchedOffset { Partition = p.Partition, Offset = p.Offset, LeaderEpoch = -1, Metadata = "", ErrorCode = p.Code })],
        }],
    };
}
