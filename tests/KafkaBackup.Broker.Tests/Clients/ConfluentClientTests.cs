using System.Text;
using Confluent.Kafka;
using Xunit;

namespace KafkaBackup.Broker.Tests.Clients;

/// <summary>Confluent.Kafka's idempotent producer and group consumer.</summary>
public sealed class ConfluentClientTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task An_idempotent_producer_loses_and_repeats_nothing_when_answers_are_lost(CompressionType codec)
    {
        await using var broker = TestBroker.Start("t");
        broker.Faults.Cut(Protocol.Messages.ApiKey.Produce, 2, afterHandling: true);
        broker.Faults.Fail(Protocol.Messages.ApiKey.Produce, Protocol.Primitives.ErrorCode.NotLeaderOrFollower, 2);
        using (var producer = broker.Producer(c =>
               {
                   c.EnableIdempotence = true;
                   c.CompressionType = codec;
                   c.BatchNumMessages = 50;
                   c.RetryBackoffMs = 20;
                   c.ReconnectBackoffMs = 20;
                   c.ReconnectBackoffMaxMs = 100;
               }))
        {
            var sent = Enumerable.Range(0, 1000).Select(i => producer.ProduceAsync("t", Value($"{i} {new string('x', 100)}"))).ToList();
            await Task.WhenAll(sent).WaitAsync(Limit);
        }

        using var consumer = broker.Consumer();
        consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Beginning));
        for (var i = 0; i < 1000; i++)
            Assert.StartsWith($"{i} ", Encoding.UTF8.GetString(consumer.Consume(Limit).Message.Value!), StringComparison.Ordinal);
        Assert.True(consumer.Consume(Limit).IsPartitionEOF);
    }

    [Fact]
    public async Task A_group_continues_where_it_committed_also_after_a_restart()
    {
        await using var broker = TestBroker.Start("t");
        using (var producer = broker.Producer())
        {
            for (var i = 0; i < 10; i++)
                await producer.ProduceAsync("t", Value($"{i}"));
        }

        Assert.Equal("0", ReadAndCommit(broker, 4));
        Assert.Equal("4", ReadAndCommit(broker, 3));
        await broker.RestartAsync();
        Assert.Equal("7", ReadAndCommit(broker, 1));
        using var admin = broker.Admin();
        Assert.Equal(["g"], (await admin.ListConsumerGroupsAsync()).Valid.Select(g => g.GroupId));
    }

    [Fact]
    public async Task A_group_with_members_refuses_the_offsets_of_others_and_its_deletion()
    {
        await using var broker = TestBroker.Start("t");
        using var consumer = broker.Consumer(c => c.GroupId = "g");
        consumer.Subscribe("t");
        await Eventually.TrueAsync(() => Task.FromResult(consumer.Consume(TimeSpan.FromMilliseconds(100)) is { IsPartitionEOF: true }), "the end");
        using var admin = broker.Admin();
        var refused = await Assert.ThrowsAsync<Confluent.Kafka.Admin.AlterConsumerGroupOffsetsException>(() =>
            admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets("g", [new TopicPartitionOffset("t", 0, 0)])]));
        Assert.Equal(ErrorCode.UnknownMemberId, refused.Results.Single().Partitions.Single().Error.Code);
        var kept = await Assert.ThrowsAsync<Confluent.Kafka.Admin.DeleteGroupsException>(() => admin.DeleteGroupsAsync(["g"]));
        Assert.Equal(ErrorCode.NonEmptyGroup, kept.Results.Single().Error.Code);
        var described = (await admin.DescribeConsumerGroupsAsync(["g"])).ConsumerGroupDescriptions.Single();
        Assert.Equal((ConsumerGroupState.Stable, "range"), (described.State, described.PartitionAssignor));
        consumer.Close();
        described = (await admin.DescribeConsumerGroupsAsync(["g"])).ConsumerGroupDescriptions.Single();
        Assert.Equal(ConsumerGroupState.Empty, described.State);
    }

    [Fact]
    public async Task A_timestamp_of_the_broker_takes_the_producers_place_under_LogAppendTime()
    {
        await using var broker = TestBroker.Start(o => o with
        {
            Topics = [new StartTopic("t") { Configs = new Dictionary<string, string> { ["message.timestamp.type"] = "LogAppendTime" } }],
        });
        using var producer = broker.Producer();
        var message = new Message<byte[]?, byte[]?> { Value = [1], Timestamp = new Timestamp(1000, TimestampType.CreateTime) };
        var produced = await producer.ProduceAsync("t", message);
        Assert.Equal(TimestampType.LogAppendTime, produced.Timestamp.Type);
        using var consumer = broker.Consumer();
        consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Beginning));
        var read = consumer.Consume(Limit).Message.Timestamp;
        Assert.Equal(produced.Timestamp, read);
        Assert.InRange(read.UtcDateTime, DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow.AddMinutes(5));
    }

    [Theory]
    [InlineData("uncompressed")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task A_topic_with_a_codec_of_its_own_recompresses(string codec)
    {
        await using var broker = TestBroker.Start(o => o with
        {
            Topics = [new StartTopic("t") { Configs = new Dictionary<string, string> { ["compression.type"] = codec } }],
        });
        using (var producer = broker.Producer(c =>
               {
                   c.CompressionType = CompressionType.Lz4;
                   c.LingerMs = 50;
               }))
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(i => producer.ProduceAsync("t", Value(new string((char)('a' + (i % 26)), 200)))));
        }

        var log = await File.ReadAllBytesAsync(Path.Combine(broker.Folder, "t-0", $"{0:D20}.log"));
        Protocol.Records.BatchHeader.TryRead(log, out var header);
        Assert.Equal(codec == "uncompressed" ? "none" : codec, header.Compression.ToString(), ignoreCase: true);
        using var consumer = broker.Consumer();
        consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Beginning));
        for (var i = 0; i < 100; i++)
            Assert.Equal(new string((char)('a' + (i % 26)), 200), Encoding.UTF8.GetString(consumer.Consume(Limit).Message.Value!));
    }

    private static string ReadAndCommit(TestBroker broker, int count)
    {
        using var consumer = broker.Consumer(c => c.GroupId = "g");
        consumer.Subscribe("t");
        var first = consumer.Consume(Limit);
        var last = first;
        for (var i = 1; i < count; i++)
            last = consumer.Consume(Limit);
        consumer.Commit(last);
        consumer.Close();
        return Encoding.UTF8.GetString(first.Message.Value!);
    }

    private static Message<byte[]?, byte[]?> Value(string text) => new() { Value = Encoding.UTF8.GetBytes(text) };
}
