using Confluent.Kafka;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Protocol.Messages;
using Xunit;
using ErrorCode = KafkaBackup.Protocol.Primitives.ErrorCode;

namespace KafkaBackup.Broker.Tests.Raw;

/// <summary>Three nodes: who looks after groups and topics, and what a client sees when nodes go and come.</summary>
public sealed class ClusterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Each_group_has_one_node_that_looks_after_it_and_the_others_say_so()
    {
        await using var broker = Three.Start();
        string[] ids = [.. Enumerable.Range(0, 12).Select(i => $"group-{i}")];
        Assert.Equal(3, ids.Select(broker.Server.CoordinatorOf).Distinct().Count());
        var listed = new List<string>();
        foreach (var node in broker.Server.Nodes)
        {
            using var client = await RawClient.ConnectAsync(node.Port);
            foreach (var id in ids)
            {
                var mine = broker.Server.CoordinatorOf(id) == node.Id;
                var committed = await client.AskAsync(Commit(id));
                Assert.Equal(mine ? ErrorCode.None : ErrorCode.NotCoordinator, committed.Topics[0].Partitions[0].ErrorCode);
                Assert.Equal(mine ? ErrorCode.None : ErrorCode.NotCoordinator, (await client.AskAsync(new DescribeGroupsRequest { Groups = [id] })).Groups[0].ErrorCode);
                var found = await client.AskAsync(new FindCoordinatorRequest { CoordinatorKey = id });
                Assert.Equal(broker.Server.CoordinatorOf(id), found.NodeId);
            }

            listed.AddRange((await client.AskAsync(new ListGroupsRequest())).Groups.Select(g => g.GroupId));
        }

        Assert.Equal(ids.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        var lost = broker.Server.Nodes.Single(n => n.Id == broker.Server.CoordinatorOf(ids[0]));
        await lost.StopAsync();
        using var next = await RawClient.ConnectAsync(broker.Server.Nodes.Single(n => n.Id == broker.Server.CoordinatorOf(ids[0])).Port);
        var kept = await next.AskAsync(new OffsetFetchRequest { GroupId = ids[0] });
        Assert.Equal((ErrorCode.None, 7), (kept.ErrorCode, kept.Topics[0].Partitions[0].Offset));
    }

    [Fact]
    public async Task The_controller_alone_makes_topics_and_no_more_replicas_than_nodes()
    {
        await using var broker = Three.Start();
        using var second = await RawClient.ConnectAsync(broker.Server.Nodes[1].Port);
        var request = new CreateTopicsRequest { Topics = [new NewTopic { Name = "new", NumPartitions = 1, ReplicationFactor = 3 }] };
        Assert.Equal(ErrorCode.NotController, (await second.AskAsync(request)).Topics[0].ErrorCode);
        Assert.Equal(1, (await second.AskAsync(new MetadataRequest())).ControllerId);
        await broker.Server.Nodes[0].StopAsync();
        Assert.Equal(2, (await second.AskAsync(new MetadataRequest())).ControllerId);
        var refused = (await second.AskAsync(request)).Topics[0];
        Assert.Equal((ErrorCode.InvalidReplicationFactor, "Replication factor: 3 larger than available brokers: 2."), (refused.ErrorCode, refused.ErrorMessage));
        Assert.Equal(ErrorCode.None, (await second.AskAsync(new CreateTopicsRequest
        {
            Topics = [new NewTopic { Name = "new", NumPartitions = -1, ReplicationFactor = -1, Assignments = [new NewReplicaAssignment { Partition = 0, BrokerIds = [3, 2] }] }],
        })).Topics[0].ErrorCode);
        Assert.Equal(3, broker.Server.LeaderOf("new", 0));
    }

    [Fact]
    public async Task Confluent_Kafka_loses_and_repeats_nothing_while_nodes_go_and_come_and_leaders_move()
    {
        const int Records = 3000;
        await using var broker = Three.Start(partitions: 3);
        using var producer = broker.Producer(c =>
        {
            c.EnableIdempotence = true;
            (c.RetryBackoffMs, c.ReconnectBackoffMs, c.ReconnectBackoffMaxMs, c.BatchNumMessages) = (20, 20, 100, 20);
            c.TopicMetadataRefreshIntervalMs = 500;
        });
        var sent = new List<Task>();
        for (var i = 0; i < Records; i++)
        {
            sent.Add(producer.ProduceAsync(new TopicPartition("t", i % 3), new Message<byte[]?, byte[]?> { Value = BitConverter.GetBytes(i) }));
            if (i % 250 == 249)
                await DisturbAsync(broker, i / 250);
            if (i % 50 == 49)
                await sent[^1].WaitAsync(Limit);
        }

        await Task.WhenAll(sent).WaitAsync(Limit);
        using var consumer = broker.Consumer();
        consumer.Assign(Enumerable.Range(0, 3).Select(p => new TopicPartitionOffset("t", p, Offset.Beginning)));
        var next = new int[] { 0, 1, 2 };
        for (var ends = 0; ends < 3;)
        {
            var result = consumer.Consume(Limit);
            if (result.IsPartitionEOF)
            {
                ends++;
                continue;
            }

            Assert.Equal(next[result.Partition.Value], BitConverter.ToInt32(result.Message.Value));
            next[result.Partition.Value] += 3;
        }

        Assert.Equal([Records, Records + 1, Records + 2], next);
    }

    [Fact]
    public async Task Faults_hold_for_one_node_alone_where_they_are_thrown_there()
    {
        await using var broker = Three.Start();
        broker.Server.Nodes[1].Faults.Fail(ApiKey.Metadata, ErrorCode.UnknownServerError, 5);
        using var one = await RawClient.ConnectAsync(broker.Server.Nodes[0].Port);
        using var two = await RawClient.ConnectAsync(broker.Server.Nodes[1].Port);
        var request = new MetadataRequest { Topics = [new MetadataTopic { Name = "t" }] };
        Assert.Equal(ErrorCode.None, (await one.AskAsync(request)).Topics[0].ErrorCode);
        Assert.Equal(ErrorCode.UnknownServerError, (await two.AskAsync(request)).Topics[0].ErrorCode);
        Assert.Equal(1, broker.Server.Nodes[1].Faults.Injected[(ApiKey.Metadata, FaultKind.Error)]);
    }

    private static async Task DisturbAsync(TestBroker broker, int step)
    {
        var node = broker.Server.Nodes[step % 3];
        switch (step % 4)
        {
            case 0:
                broker.Server.MoveLeader("t", step % 3, node.Id);
                break;
            case 1:
                await node.StopAsync();
                break;
            case 2:
                foreach (var stopped in broker.Server.Nodes.Where(n => !n.IsRunning))
                    stopped.Start();
                break;
            default:
                node.Faults.Cut(ApiKey.Produce, 2, afterHandling: true);
                break;
        }
    }

    private static OffsetCommitRequest Commit(string group) => new()
    {
        GroupId = group,
        GenerationId = -1,
        Topics = [new OffsetCommitTopic { Topic = "t", Partitions = [new OffsetCommitPartition { Offset = 7 }] }],
    };
}
