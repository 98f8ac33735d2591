using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>How groups get their offsets at the target.</summary>
public sealed class GroupRestoreTests
{
    private const string Topic = "stream";

    [Fact]
    public async Task An_offset_is_committed_without_the_sources_leader_epoch_which_means_nothing_at_the_target()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, Topic, 1);
        Topics.Produce(clusters.Source.Address, Topic, 1, 0, 50);
        Commit(clusters.Source.Address, "readers", 20);
        var before = await OffsetAsync(clusters.Source.Address, "readers");
        Assert.Equal((20, 0), (before.Offset.Value, before.LeaderEpoch));

        Assert.Equal(0, (await clusters.BackupAsync()).Exit);
        Assert.Equal(0, (await clusters.RestoreAsync()).Exit);

        // Java's consumers wait for a leader of that epoch, and read nothing; librdkafka's do not mind, so no consumer here would tell.
        var after = await OffsetAsync(clusters.Target.Address, "readers");
        Assert.Equal((20, -1), (after.Offset.Value, after.LeaderEpoch));
    }

    [Fact]
    public async Task The_metadata_of_an_offset_comes_back_with_it()
    {
        Assert.SkipUnless(await KafkaPython.IsHereAsync(), "python3-kafka is not installed");
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, Topic, 1);
        Topics.Produce(clusters.Source.Address, Topic, 1, 0, 50);
        await KafkaPython.CommitAsync(clusters.Source.Address, "annotated", Topic, 30, "as far as the 30th, said Zoë");

        Assert.Equal(0, (await clusters.BackupAsync()).Exit);
        Assert.Equal(0, (await clusters.RestoreAsync()).Exit);

        Assert.Equal("30 as far as the 30th, said Zoë", await KafkaPython.CommittedAsync(clusters.Target.Address, "annotated", Topic));
    }

    [Fact]
    public async Task A_group_that_becomes_active_while_records_are_written_is_left_alone_and_named()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, Topic, 1);
        Topics.Produce(clusters.Source.Address, Topic, 1, 0, 2000, valueBytes: 500);
        Commit(clusters.Source.Address, "early", 700);
        Commit(clusters.Source.Address, "calm", 800);
        Assert.Equal(0, (await clusters.BackupAsync()).Exit);

        await using var restore = KafkaBackupCli.Start(
            clusters.Folder, "restore", "--bootstrap-server", clusters.Target.Address, "--repository", $"file:{clusters.Repository}", "--rate-limit", "250K");
        using var consumer = await JoinAsync(clusters.Target.Address, "early", restore);
        var exit = await restore.WaitAsync();

        Assert.Equal(3, exit);
        Assert.Contains("group 'early' has active members", restore.Output + restore.Errors, StringComparison.Ordinal);
        Assert.Equal(Offset.Unset, (await OffsetAsync(clusters.Target.Address, "early")).Offset);
        Assert.Equal(800, (await OffsetAsync(clusters.Target.Address, "calm")).Offset.Value);
    }

    /// <summary>Joins a group as soon as the restore has made its topic, which is after its plan was found to be without violations.</summary>
    private static async Task<IConsumer<Ignore, Ignore>> JoinAsync(string broker, string group, ToolProcess restore)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!Topics.List(broker).Contains(Topic))
        {
            Assert.False(restore.HasExited, restore.Errors);
            Assert.True(DateTime.UtcNow < deadline, "the restore makes no topic");
            await Task.Delay(20);
        }

        var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig
        {
            BootstrapServers = broker, GroupId = group, EnableAutoCommit = false, AutoOffsetReset = AutoOffsetReset.Earliest, AllowAutoCreateTopics = false,
        }).SetLogHandler((_, _) => { }).Build();
        consumer.Subscribe(Topic);
        while (consumer.Assignment.Count == 0)
        {
            Assert.True(DateTime.UtcNow < deadline, "the group takes no member");
            consumer.Consume(TimeSpan.FromMilliseconds(50));
        }

        Assert.False(restore.HasExited, "the restore was over before the group had a member");
        return consumer;
    }

    private static void Commit(string broker, string group, long offset)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = broker, GroupId = group }).SetLogHandler((_, _) => { }).Build();
        consumer.Commit([new TopicPartitionOffset(new TopicPartition(Topic, 0), offset, leaderEpoch: 0)]);
    }

    private static async Task<TopicPartitionOffset> OffsetAsync(string broker, string group)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker }).SetLogHandler((_, _) => { }).Build();
        var results = await admin.ListConsumerGroupOffsetsAsync(
            [new ConsumerGroupTopicPartitions(group, [new TopicPartition(Topic, 0)])], new ListConsumerGroupOffsetsOptions { RequestTimeout = TimeSpan.FromSeconds(30) });
        return results.Single().Partitions.Single().TopicPartitionOffset;
    }
}
