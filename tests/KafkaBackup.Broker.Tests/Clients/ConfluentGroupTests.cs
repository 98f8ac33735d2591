using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Xunit;

namespace KafkaBackup.Broker.Tests.Clients;

/// <summary>Confluent.Kafka's group members: eager, cooperative and static ones.</summary>
public sealed class ConfluentGroupTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(PartitionAssignmentStrategy.Range)]
    [InlineData(PartitionAssignmentStrategy.RoundRobin)]
    [InlineData(PartitionAssignmentStrategy.CooperativeSticky)]
    public async Task Members_that_come_and_go_read_every_record_once(PartitionAssignmentStrategy strategy)
    {
        await using var broker = TestBroker.Start("t:4");
        var seen = new ConcurrentDictionary<string, int>();
        var first = new Member(broker, "first", strategy, seen);
        await Eventually.TrueAsync(() => Task.FromResult(first.Assigned == 4), "all partitions on the first");
        await ProduceAsync(broker, 0, 100);
        await Eventually.TrueAsync(() => Task.FromResult(seen.Count == 100), "100 records");
        var second = new Member(broker, "second", strategy, seen);
        await Eventually.TrueAsync(() => Task.FromResult(first.Assigned == 2 && second.Assigned == 2), "two partitions each");
        await ProduceAsync(broker, 100, 200);
        await Eventually.TrueAsync(() => Task.FromResult(seen.Count == 200), "200 records");
        Assert.Equal(strategy switch { PartitionAssignmentStrategy.Range => "range", PartitionAssignmentStrategy.RoundRobin => "roundrobin", _ => "cooperative-sticky" }, await AssignorAsync(broker));
        await first.StopAsync();
        await Eventually.TrueAsync(() => Task.FromResult(second.Assigned == 4), "all partitions on the second");
        await ProduceAsync(broker, 200, 300);
        await Eventually.TrueAsync(() => Task.FromResult(seen.Count == 300), "300 records");
        await second.StopAsync();
        Assert.All(seen, record => Assert.Equal(1, record.Value));
        using var admin = broker.Admin();
        var committed = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions("g", null)]);
        Assert.Equal([75L, 75, 75, 75], committed.Single().Partitions.Select(p => p.Offset.Value));
    }

    [Fact]
    public async Task A_static_member_that_comes_back_keeps_its_partitions_and_nobody_else_notices()
    {
        await using var broker = TestBroker.Start("t:4");
        var seen = new ConcurrentDictionary<string, int>();
        var first = new Member(broker, "first", PartitionAssignmentStrategy.Range, seen, isStatic: true);
        var second = new Member(broker, "second", PartitionAssignmentStrategy.Range, seen, isStatic: true);
        await Eventually.TrueAsync(() => Task.FromResult(first.Assigned == 2 && second.Assigned == 2), "two partitions each");
        var before = await MembersAsync(broker);
        var assignments = first.Assignments;
        await second.StopAsync();
        second = new Member(broker, "second", PartitionAssignmentStrategy.Range, seen, isStatic: true);
        await Eventually.TrueAsync(() => Task.FromResult(second.Assigned == 2), "its partitions again");
        Assert.Equal(before, await MembersAsync(broker));
        Assert.Equal(assignments, first.Assignments);
        await ProduceAsync(broker, 0, 40);
        await Eventually.TrueAsync(() => Task.FromResult(seen.Count == 40), "40 records");
        await first.StopAsync();
        await second.StopAsync();
    }

    [Fact]
    public async Task The_cluster_its_topics_and_their_offsets_are_described()
    {
        await using var broker = TestBroker.Start("t:2");
        await ProduceAsync(broker, 0, 10, partitions: 2);
        using var admin = broker.Admin();
        var cluster = await admin.DescribeClusterAsync();
        Assert.Equal((broker.Server.ClusterId, 1, 1), (cluster.ClusterId, cluster.Controller.Id, cluster.Nodes.Count));
        var topic = (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(["t"]))).TopicDescriptions.Single();
        Assert.Equal([0, 1], topic.Partitions.Select(p => p.Partition));
        Assert.All(topic.Partitions, p => Assert.Equal(1, p.Leader.Id));
        async Task<IEnumerable<long>> Offsets(OffsetSpec spec) =>
            (await admin.ListOffsetsAsync([.. new[] { 0, 1 }.Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition("t", p), OffsetSpec = spec })]))
            .ResultInfos.OrderBy(r => r.TopicPartitionOffsetError.Partition.Value).Select(r => r.TopicPartitionOffsetError.Offset.Value);
        Assert.Equal([5L, 5], await Offsets(OffsetSpec.Latest()));
        Assert.Equal([0L, 0], await Offsets(OffsetSpec.Earliest()));
        Assert.Equal([0L, 0], await Offsets(OffsetSpec.ForTimestamp(1)));
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = "t", IncreaseTo = 3 }]);
        Assert.Equal(3, (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(["t"]))).TopicDescriptions.Single().Partitions.Count);
    }

    private static async Task ProduceAsync(TestBroker broker, int from, int to, int partitions = 4)
    {
        using var producer = broker.Producer();
        var sent = Enumerable.Range(from, to - from)
            .Select(i => producer.ProduceAsync(new TopicPartition("t", i % partitions), new Message<byte[]?, byte[]?> { Value = Encoding.UTF8.GetBytes($"{i}") }));
        await Task.WhenAll(sent.ToList()).WaitAsync(Limit);
    }

    private static async Task<string> AssignorAsync(TestBroker broker)
    {
        using var admin = broker.Admin();
        return (await admin.DescribeConsumerGroupsAsync(["g"])).ConsumerGroupDescriptions.Single().PartitionAssignor;
    }

    private static async Task<IEnumerable<string>> MembersAsync(TestBroker broker)
    {
        using var admin = broker.Admin();
        var members = (await admin.DescribeConsumerGroupsAsync(["g"])).ConsumerGroupDescriptions.Single().Members;
        return members.Select(m => $"{m.GroupInstanceId}: {string.Join(',', m.Assignment.TopicPartitions.Select(p => p.Partition.Value.ToString(CultureInfo.InvariantCulture)).Order())}").Order();
    }

    /// <summary>A member that polls on a thread of its own, and commits what it has read before it gives it up.</summary>
    private sealed class Member
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;
        private int _assigned;
        private int _assignments;

        public Member(TestBroker broker, string name, PartitionAssignmentStrategy strategy, ConcurrentDictionary<string, int> seen, bool isStatic = false)
        {
            var config = new ConsumerConfig
            {
                BootstrapServers = broker.Bootstrap,
                GroupId = "g",
                ClientId = name,
                GroupInstanceId = isStatic ? name : null,
                PartitionAssignmentStrategy = strategy,
                AutoOffsetReset = AutoOffsetReset.Earliest,
                EnableAutoCommit = false,
                SessionTimeoutMs = 10_000,
                HeartbeatIntervalMs = 100,
                FetchWaitMaxMs = 100,
            };
            _running = Task.Run(() => Run(config, seen));
        }

        /// <summary>How many partitions it has.</summary>
        public int Assigned => Volatile.Read(ref _assigned);

        /// <summary>How often it was given some.</summary>
        public int Assignments => Volatile.Read(ref _assignments);

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _running.WaitAsync(Limit);
        }

        private void Run(ConsumerConfig config, ConcurrentDictionary<string, int> seen)
        {
            using var consumer = new ConsumerBuilder<Ignore, string>(config)
                .SetLogHandler((_, _) => { })
                .SetPartitionsAssignedHandler((_, _) => Interlocked.Increment(ref _assignments))
                .Build();
            consumer.Subscribe("t");
            while (!_stop.IsCancellationRequested)
            {
                var record = consumer.Consume(TimeSpan.FromMilliseconds(50));
                Volatile.Write(ref _assigned, consumer.Assignment.Count);
                if (record is null)
                    continue;
                seen.AddOrUpdate($"{record.Partition.Value} {record.Offset.Value}", 1, (_, times) => times + 1);
                consumer.Commit(record);
            }

            consumer.Close();
        }
    }
}
