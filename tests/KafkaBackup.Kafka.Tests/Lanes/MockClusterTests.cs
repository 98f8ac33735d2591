using Confluent.Kafka;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Producing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using IsolationLevel = KafkaBackup.Protocol.Messages.IsolationLevel;
using TopicPartition = KafkaBackup.Kafka.Administration.TopicPartition;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>The lanes against librdkafka's own mock cluster, with Confluent.Kafka on the other side: nothing here is of our making.</summary>
public sealed class MockClusterTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    private readonly IProducer<byte[]?, byte[]?> _mock = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig(
        new Dictionary<string, string> { ["test.mock.num.brokers"] = "3", ["bootstrap.servers"] = "mock" }))
        .SetLogHandler((_, _) => { })
        .Build();

    public static TheoryData<CompressionType> Codecs => [CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    public void Dispose() => _mock.Dispose();

    [Theory]
    [MemberData(nameof(Codecs))]
    public async Task What_Confluent_Kafka_produced_is_fetched(CompressionType codec)
    {
        var expected = await ProduceAsync(codec, 400);
        await using var cluster = Cluster();
        var partition = new TopicPartition("source", 0);
        var bounds = (await new LogOffsets(cluster).ReadAsync([partition], IsolationLevel.ReadUncommitted, default).WaitAsync(Soon))[partition];
        Assert.Equal((0, 400), (bounds.LogStart, bounds.End));
        var sink = new MemorySink();
        var ranges = await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance).RunAsync([sink.Assign(partition, 0, 400)], default).WaitAsync(Soon);
        Assert.Equal(400, ranges[0].To);
        Assert.Equal(expected, sink.Records(0, 400).Select(Some.Describe));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public async Task What_is_written_is_what_Confluent_Kafka_consumes(CompressionType codec)
    {
        var expected = await ProduceAsync(codec, 200);
        await using var cluster = Cluster();
        var (source, target) = (new MemorySink(), new TopicPartition("target", 0));
        await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance).RunAsync([source.Assign(new TopicPartition("source", 0), 0, 200)], default).WaitAsync(Soon);
        _mock.Produce("target", new Message<byte[]?, byte[]?> { Value = [] }); // the mock makes topics when somebody produces to them
        _mock.Flush(Soon);
        var (id, epoch) = await ProducerIds.NewAsync(cluster, default).WaitAsync(Soon);
        var bounds = (await new LogOffsets(cluster).ReadAsync([target], IsolationLevel.ReadUncommitted, default).WaitAsync(Soon))[target];

        // The second half, clipped, so that the codec of our own writes it.
        var range = await new PartitionProducer(cluster, null, NullLogger<PartitionProducer>.Instance).RunAsync(
            target, new ProducerIdentity(id, epoch, bounds.End), new TransformPolicy(900_000, CoalesceBelow: 1 << 20), () => source.AsSource(100, 200), _ => { }, default).WaitAsync(Soon);

        Assert.Equal((100, bounds.End + 100), (range.RecordsSent, range.Map.TargetEnd));
        Assert.Equal(expected.Skip(100), Consume(target, bounds.End, 100));
    }

    private async Task<List<string>> ProduceAsync(CompressionType codec, int count)
    {
        var random = new Random(7);
        var messages = Enumerable.Range(0, count).Select(i => new Message<byte[]?, byte[]?>
        {
            Key = i % 3 == 0 ? null : i % 3 == 1 ? [] : BitConverter.GetBytes(i),
            Value = i % 7 == 0 ? null : Enumerable.Repeat((byte)random.Next(4), random.Next(0, 400)).ToArray(),
            Timestamp = new Timestamp(1_577_836_800_000 + i, TimestampType.CreateTime),
            Headers = i % 5 == 0 ? [new Header("a", [1]), new Header("a", null), new Header("", [])] : [],
        }).ToList();
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig { BootstrapServers = Servers(), CompressionType = codec, LingerMs = 20 }).Build();
        foreach (var message in messages)
            producer.Produce(new Confluent.Kafka.TopicPartition("source", 0), message);
        await Task.Run(() => producer.Flush(Soon));
        return [.. messages.Select(Describe)];
    }

    private List<string> Consume(TopicPartition partition, long from, int count)
    {
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig { BootstrapServers = Servers(), GroupId = "g", EnableAutoCommit = false }).Build();
        consumer.Assign(new TopicPartitionOffset(partition.Topic, partition.Partition, from));
        var messages = new List<string>();
        var deadline = DateTime.UtcNow + Soon;
        while (messages.Count < count && DateTime.UtcNow < deadline)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(500)) is { } consumed)
                messages.Add(Describe(consumed.Message));
        }

        return messages;
    }

    private string Servers()
    {
        using var admin = new DependentAdminClientBuilder(_mock.Handle).Build();
        return string.Join(",", admin.GetMetadata(Soon).Brokers.Select(b => $"{b.Host}:{b.Port}"));
    }

    private ClusterClient Cluster() => new(new ClusterOptions(new Dictionary<string, string> { ["bootstrap.servers"] = Servers() }) { GiveUpAfter = TimeSpan.FromSeconds(5) }, TimeProvider.System, NullLogger<ClusterClient>.Instance);

    private static string Describe(Message<byte[]?, byte[]?> message)
    {
        static string Text(byte[]? bytes) => bytes is null ? "null" : "'" + Convert.ToBase64String(bytes) + "'";
        var headers = (message.Headers ?? []).Select(h => $"{h.Key}={Text(h.GetValueBytes())}");
        return $"@{message.Timestamp.UnixTimestampMs} {Text(message.Key)}={Text(message.Value)} [{string.Join(", ", headers)}]";
    }
}
