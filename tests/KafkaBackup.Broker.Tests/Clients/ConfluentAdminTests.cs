using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Xunit;

namespace KafkaBackup.Broker.Tests.Clients;

/// <summary>Confluent.Kafka's administration.</summary>
public sealed class ConfluentAdminTests : IAsyncLifetime
{
    private readonly TestBroker _broker = TestBroker.Start();
    private IAdminClient _admin = null!;

    public ValueTask InitializeAsync()
    {
        _admin = _broker.Admin();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_topic_is_created_described_grown_and_deleted()
    {
        await CreateAsync("t", 2);
        Assert.Equal(2, _admin.GetMetadata("t", TimeSpan.FromSeconds(10)).Topics.Single().Partitions.Count);
        await _admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = "t", IncreaseTo = 5 }]);
        Assert.Equal(5, _admin.GetMetadata("t", TimeSpan.FromSeconds(10)).Topics.Single().Partitions.Count);
        await _admin.DeleteTopicsAsync(["t"]);
        Assert.DoesNotContain(_admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics, t => t.Topic == "t");
        Assert.False(Directory.Exists(Path.Combine(_broker.Folder, "t-0")));
    }

    [Theory]
    [InlineData("t", 1, 1, null, null, ErrorCode.TopicAlreadyExists)]
    [InlineData("no spaces", 1, 1, null, null, ErrorCode.TopicException)]
    [InlineData("u", 0, 1, null, null, ErrorCode.InvalidPartitions)]
    [InlineData("u", 1, 3, null, null, ErrorCode.InvalidReplicationFactor)]
    [InlineData("u", 1, 1, "no.such.config", "1", ErrorCode.InvalidConfig)]
    [InlineData("u", 1, 1, "retention.ms", "soon", ErrorCode.InvalidConfig)]
    public async Task A_topic_that_can_not_be_is_refused(string name, int partitions, short replicas, string? config, string? value, ErrorCode expected)
    {
        await CreateAsync("t", 1);
        var refused = await Assert.ThrowsAsync<CreateTopicsException>(() => _admin.CreateTopicsAsync(
        [
            new TopicSpecification
            {
                Name = name,
                NumPartitions = partitions,
                ReplicationFactor = replicas,
                Configs = config is null ? null : new() { [config] = value },
            },
        ]));
        Assert.Equal(expected, refused.Results.Single().Error.Code);
    }

    [Fact]
    public async Task Configuration_is_described_with_its_source_and_altered_either_way()
    {
        await CreateAsync("t", 1, ("retention.ms", "1000"));
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = "t" };
        var described = await DescribeAsync(resource);
        Assert.Equal(("1000", ConfigSource.DynamicTopicConfig), (described["retention.ms"].Value, described["retention.ms"].Source));
        Assert.Equal(("delete", true), (described["cleanup.policy"].Value, described["cleanup.policy"].IsDefault));

        await _admin.IncrementalAlterConfigsAsync(new()
        {
            [resource] =
            [
                new ConfigEntry { Name = "retention.ms", IncrementalOperation = AlterConfigOpType.Delete },
                new ConfigEntry { Name = "max.message.bytes", Value = "5000", IncrementalOperation = AlterConfigOpType.Set },
                new ConfigEntry { Name = "cleanup.policy", Value = "compact", IncrementalOperation = AlterConfigOpType.Append },
            ],
        });
        described = await DescribeAsync(resource);
        Assert.Equal(("604800000", ConfigSource.DefaultConfig), (described["retention.ms"].Value, described["retention.ms"].Source));
        Assert.Equal("5000", described["max.message.bytes"].Value);
        Assert.Equal("delete,compact", described["cleanup.policy"].Value);

        await _admin.AlterConfigsAsync(new() { [resource] = [new ConfigEntry { Name = "segment.bytes", Value = "100000" }] });
        described = await DescribeAsync(resource);
        Assert.Equal(
            ["1000012", "100000", "delete"],
            new[] { "max.message.bytes", "segment.bytes", "cleanup.policy" }.Select(name => described[name].Value));
        await Assert.ThrowsAsync<IncrementalAlterConfigsException>(() => _admin.IncrementalAlterConfigsAsync(new()
        {
            [resource] = [new ConfigEntry { Name = "min.insync.replicas", Value = "0", IncrementalOperation = AlterConfigOpType.Set }],
        }));
    }

    [Fact]
    public async Task The_brokers_own_configuration_is_described()
    {
        var described = await DescribeAsync(new ConfigResource { Type = ResourceType.Broker, Name = "1" });
        Assert.Equal("true", described["auto.create.topics.enable"].Value);
    }

    [Fact]
    public async Task Groups_are_listed_described_and_deleted_and_their_offsets_altered()
    {
        await CreateAsync("t", 2);
        var offsets = new[] { new TopicPartitionOffset("t", 0, 7), new TopicPartitionOffset("t", 1, 9) };
        await _admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets("g", [.. offsets])]);
        var listed = await _admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions("g", null)]);
        Assert.Equal(offsets, listed.Single().Partitions.Select(p => p.TopicPartitionOffset).OrderBy(p => p.Partition.Value));
        Assert.Equal(ConsumerGroupState.Empty, (await _admin.DescribeConsumerGroupsAsync(["g"])).ConsumerGroupDescriptions.Single().State);
        Assert.Equal(["g"], (await _admin.ListConsumerGroupsAsync()).Valid.Select(g => g.GroupId));
        await _admin.DeleteConsumerGroupOffsetsAsync("g", [new TopicPartition("t", 0)]);
        listed = await _admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions("g", null)]);
        Assert.Equal([offsets[1]], listed.Single().Partitions.Select(p => p.TopicPartitionOffset));
        await _admin.DeleteGroupsAsync(["g"]);
        Assert.Empty((await _admin.ListConsumerGroupsAsync()).Valid);
        var gone = await Assert.ThrowsAsync<DeleteGroupsException>(() => _admin.DeleteGroupsAsync(["g"]));
        Assert.Equal(ErrorCode.GroupIdNotFound, gone.Results.Single().Error.Code);
    }

    [Fact]
    public async Task A_deleted_topics_offsets_are_forgotten()
    {
        await CreateAsync("t", 1);
        await _admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets("g", [new TopicPartitionOffset("t", 0, 7)])]);
        await _admin.DeleteTopicsAsync(["t"]);
        var listed = await _admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions("g", null)]);
        Assert.Empty(listed.Single().Partitions);
    }

    [Fact]
    public async Task Deleted_records_move_the_log_start_and_stay_deleted()
    {
        await CreateAsync("t", 1);
        using (var producer = _broker.Producer())
        {
            for (var i = 0; i < 10; i++)
                await producer.ProduceAsync("t", new Message<byte[]?, byte[]?> { Value = [(byte)i] });
        }

        var deleted = await _admin.DeleteRecordsAsync([new TopicPartitionOffset("t", 0, 4)]);
        Assert.Equal(4, deleted.Single().Offset);
        await _broker.RestartAsync();
        using var consumer = _broker.Consumer();
        consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Beginning));
        Assert.Equal(4, consumer.Consume(TimeSpan.FromSeconds(20)).Offset.Value);
        var marks = consumer.QueryWatermarkOffsets(new TopicPartition("t", 0), TimeSpan.FromSeconds(10));
        Assert.Equal((4, 10), (marks.Low.Value, marks.High.Value));
        using var admin = _broker.Admin();
        var refused = await Assert.ThrowsAsync<DeleteRecordsException>(() => admin.DeleteRecordsAsync([new TopicPartitionOffset("t", 0, 11)]));
        Assert.Equal(ErrorCode.OffsetOutOfRange, refused.Results.Single().Error.Code);
    }

    private Task CreateAsync(string name, int partitions, params (string Name, string Value)[] configs) => _admin.CreateTopicsAsync(
    [
        new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = 1, Configs = configs.ToDictionary(c => c.Name, c => c.Value) },
    ]);

    private async Task<Dictionary<string, ConfigEntryResult>> DescribeAsync(ConfigResource resource) =>
        (await _admin.DescribeConfigsAsync([resource])).Single().Entries;
}
