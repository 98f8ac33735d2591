using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Broker.Tests.Raw;

/// <summary>Three nodes: who leads, and what the others answer.</summary>
public sealed class LeaderTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Leaders_and_replicas_are_spread_over_the_nodes()
    {
        await using var broker = Three.Start(partitions: 6, replicas: 2);
        using var client = await broker.ConnectAsync();
        var metadata = await client.AskAsync(new MetadataRequest());
        Assert.Equal([1, 2, 3], metadata.Brokers.Select(b => b.NodeId).Order());
        Assert.Equal(broker.Server.Nodes.Select(n => n.Port), metadata.Brokers.Select(b => b.Port));
        var partitions = metadata.Topics.Single(t => t.Name == "t").Partitions;
        Assert.Equal([2, 2, 2], partitions.GroupBy(p => p.LeaderId).Select(g => g.Count()));
        Assert.All(partitions, p => Assert.Equal((2, 2, p.LeaderId), (p.ReplicaNodes.Distinct().Count(), p.IsrNodes.Count, p.ReplicaNodes[0])));
    }

    [Fact]
    public async Task A_node_that_does_not_lead_says_so_to_every_request_for_the_partition()
    {
        await using var broker = Three.Start();
        var leader = broker.Server.LeaderOf("t", 0);
        using var other = await RawClient.ConnectAsync(broker.Server.Nodes.First(n => n.Id != leader).Port);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await other.ProduceAsync("t", Batches.Of(Batches.Plain, "a"))).ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await other.FetchAsync("t", 0)).ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await other.ListOffsetAsync("t", ListOffsetsPartition.Latest)).ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await EndOfEpochAsync(other, current: -1, epoch: 0)).ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await DeleteRecordsAsync(other, 0)).ErrorCode);
        using var right = await RawClient.ConnectAsync(broker.Server.Nodes.Single(n => n.Id == leader).Port);
        Assert.Equal(ErrorCode.None, (await right.ProduceAsync("t", Batches.Of(Batches.Plain, "a"))).ErrorCode);
    }

    [Fact]
    public async Task A_moved_leader_begins_an_epoch_and_fences_who_knows_another()
    {
        await using var broker = Three.Start();
        var first = broker.Server.LeaderOf("t", 0);
        using (var client = await LeaderAsync(broker))
            await client.ProduceAsync("t", Batches.Of(Batches.Plain, "a", "b"));
        broker.Server.MoveLeader("t", 0, (first % 3) + 1);
        using var leader = await LeaderAsync(broker);
        var produced = await leader.ProduceAsync("t", Batches.Of(Batches.Plain, "c"));
        Assert.Equal((ErrorCode.None, 2), (produced.ErrorCode, produced.BaseOffset));
        Assert.Equal(1, (await leader.AskAsync(new MetadataRequest())).Topics.Single().Partitions[0].LeaderEpoch);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, (await FetchWithEpochAsync(leader, 0)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await FetchWithEpochAsync(leader, 1)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, (await FetchWithEpochAsync(leader, 2)).ErrorCode);
        var old = await EndOfEpochAsync(leader, current: 1, epoch: 0);
        Assert.Equal((0, 2), (old.LeaderEpoch, old.EndOffset));
        Assert.Equal(ErrorCode.FencedLeaderEpoch, (await EndOfEpochAsync(leader, current: 0, epoch: 0)).ErrorCode);

        // One who asks the old leader learns that his epoch is over before he learns that he is at the wrong node.
        using var former = await RawClient.ConnectAsync(broker.Server.Nodes.Single(n => n.Id == first).Port);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, (await FetchWithEpochAsync(former, 0)).ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await FetchWithEpochAsync(former, 1)).ErrorCode);
    }

    [Fact]
    public async Task A_fetch_that_waits_is_told_when_the_leader_moves()
    {
        await using var broker = Three.Start();
        using var reader = await LeaderAsync(broker);
        await reader.SendAsync(Batches.Fetch("t", 0) with { MaxWaitMs = 20_000 });
        var answer = reader.ReceiveAsync(ApiKey.Fetch);
        broker.Server.MoveLeader("t", 0, (broker.Server.LeaderOf("t", 0) % 3) + 1);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, ((FetchResponse)await answer.WaitAsync(Limit)).Topics[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task A_stopped_node_hands_its_partitions_on_and_gets_them_back_by_an_election()
    {
        await using var broker = Three.Start();
        var first = broker.Server.LeaderOf("t", 0);
        var node = broker.Server.Nodes.Single(n => n.Id == first);
        var port = node.Port;
        await node.StopAsync();
        Assert.NotEqual(first, broker.Server.LeaderOf("t", 0));
        using var client = await LeaderAsync(broker);
        var metadata = await client.AskAsync(new MetadataRequest());
        Assert.Equal(2, metadata.Brokers.Count);
        var partition = metadata.Topics.Single().Partitions[0];
        Assert.Equal([first], partition.OfflineReplicas);
        Assert.Equal((2, 1), (partition.IsrNodes.Count, partition.LeaderEpoch));
        node.Start();
        Assert.Equal((port, true), (node.Port, node.IsRunning));
        Assert.NotEqual(first, broker.Server.LeaderOf("t", 0));
        using var controller = await RawClient.ConnectAsync(broker.Server.Nodes[0].Port);
        var elected = await controller.AskAsync(new ElectLeadersRequest { Topics = [new ElectLeadersTopic { Topic = "t", Partitions = [0] }] });
        Assert.Equal(ErrorCode.None, elected.Topics.Single().Partitions.Single().ErrorCode);
        Assert.Equal(first, broker.Server.LeaderOf("t", 0));
        var again = await controller.AskAsync(new ElectLeadersRequest { Topics = [new ElectLeadersTopic { Topic = "t", Partitions = [0] }] });
        Assert.Equal((ErrorCode.ElectionNotNeeded, "Leader election not needed for topic partition"), (again.Topics[0].Partitions[0].ErrorCode, again.Topics[0].Partitions[0].ErrorMessage));
    }

    [Fact]
    public async Task A_node_that_dies_leads_on_in_the_clusters_eyes_until_that_notices()
    {
        await using var broker = Three.Start();
        var first = broker.Server.LeaderOf("t", 0);
        await broker.Server.Nodes.Single(n => n.Id == first).StopAsync(noticedAfter: TimeSpan.FromMilliseconds(400));
        Assert.Equal(first, broker.Server.LeaderOf("t", 0));
        await Eventually.TrueAsync(() => Task.FromResult(broker.Server.LeaderOf("t", 0) != first), "another leader");
        Assert.InRange(broker.Server.LeaderOf("t", 0), 1, 3);
    }

    [Fact]
    public async Task A_partition_on_one_node_has_no_leader_while_that_is_gone()
    {
        await using var broker = Three.Start(replicas: 1);
        var only = broker.Server.LeaderOf("t", 0);
        var node = broker.Server.Nodes.Single(n => n.Id == only);
        await node.StopAsync();
        using var client = await RawClient.ConnectAsync(broker.Server.Nodes.First(n => n.IsRunning).Port);
        var partition = (await client.AskAsync(new MetadataRequest())).Topics.Single().Partitions[0];
        Assert.Equal((ErrorCode.LeaderNotAvailable, -1), (partition.ErrorCode, partition.LeaderId));
        node.Start();
        Assert.Equal(only, broker.Server.LeaderOf("t", 0));
        using var back = await LeaderAsync(broker);
        Assert.Equal(2, (await back.AskAsync(new MetadataRequest())).Topics.Single().Partitions[0].LeaderEpoch);
    }

    [Fact]
    public async Task Too_few_replicas_in_sync_refuse_what_asks_for_all()
    {
        await using var broker = Three.Start(replicas: 2, configs: ("min.insync.replicas", "2"));
        var placement = (await (await broker.ConnectAsync()).AskAsync(new MetadataRequest())).Topics.Single().Partitions[0].ReplicaNodes;
        await broker.Server.Nodes.Single(n => n.Id == placement[1]).StopAsync();
        using var leader = await LeaderAsync(broker);
        Assert.Equal(ErrorCode.NotEnoughReplicas, (await leader.ProduceAsync("t", Batches.Of(Batches.Plain, "a"))).ErrorCode);
        var one = await leader.AskAsync(Batches.Produce("t", Batches.Of(Batches.Plain, "a"), acks: 1));
        Assert.Equal(ErrorCode.None, one.Topics[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task Who_leads_survives_a_restart_of_them_all()
    {
        await using var broker = Three.Start(partitions: 3);
        var moved = (broker.Server.LeaderOf("t", 1) % 3) + 1;
        broker.Server.MoveLeader("t", 1, moved);
        await broker.RestartAsync();
        Assert.Equal(moved, broker.Server.LeaderOf("t", 1));
        using var client = await LeaderAsync(broker, 1);
        Assert.Equal([0, 1, 0], (await client.AskAsync(new MetadataRequest())).Topics.Single().Partitions.Select(p => p.LeaderEpoch));
    }

    private static Task<RawClient> LeaderAsync(TestBroker broker, int partition = 0) =>
        RawClient.ConnectAsync(broker.Server.Nodes.Single(n => n.Id == broker.Server.LeaderOf("t", partition)).Port);

    private static async Task<FetchedPartition> FetchWithEpochAsync(RawClient client, int epoch) => (await client.AskAsync(new FetchRequest
    {
        Topics = [new FetchTopic { Topic = "t", Partitions = [new FetchPartition { CurrentLeaderEpoch = epoch, PartitionMaxBytes = 1 }] }],
    })).Topics[0].Partitions[0];

    private static async Task<EpochEndPartition> EndOfEpochAsync(RawClient client, int current, int epoch) => (await client.AskAsync(new OffsetForLeaderEpochRequest
    {
        Topics = [new LeaderEpochTopic { Topic = "t", Partitions = [new LeaderEpochPartition { CurrentLeaderEpoch = current, LeaderEpoch = epoch }] }],
    })).Topics[0].Partitions[0];

    private static async Task<DeletedRecordsPartition> DeleteRecordsAsync(RawClient client, long offset) => (await client.AskAsync(new DeleteRecordsRequest
    {
        Topics = [new DeleteRecordsTopic { Topic = "t", Partitions = [new DeleteRecordsPartition { Offset = offset }] }],
    })).Topics[0].Partitions[0];
}
