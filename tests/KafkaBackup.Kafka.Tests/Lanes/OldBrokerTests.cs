using KafkaBackup.Broker;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>Brokers that answer as older ones: what they can do is done, what they can't is refused with the release that can.</summary>
public sealed class OldBrokerTests
{
    private static readonly TopicPartition Target = new("t", 0);

    [Fact]
    public async Task Zstd_is_not_written_to_a_broker_that_does_not_know_it()
    {
        var refusal = await Assert.ThrowsAsync<UnsupportedBrokerException>(() => WriteAsync(produce: 6, CompressionType.Zstd));
        Assert.Contains("t-0 gets batches compressed with zstd, and writing them needs Kafka 2.1 or later (Produce version 7)", refusal.Message);
    }

    [Theory]
    [InlineData(3, CompressionType.Lz4)] // Kafka 0.11, with one batch on its way
    [InlineData(6, CompressionType.Gzip)]
    [InlineData(7, CompressionType.Zstd)]
    public async Task What_a_broker_knows_is_written_in_order(short produce, CompressionType codec) =>
        Assert.Equal(100, (await WriteAsync(produce, codec)).RecordsSent);

    private static async Task<ProducedRange> WriteAsync(short produce, CompressionType codec)
    {
        using var folder = new TestFolder();
        await using var broker = BrokerServer.Start(new BrokerOptions
        {
            DataFolder = folder["data"],
            Topics = [new StartTopic(Target.Topic)],
            MaxVersions = new Dictionary<ApiKey, short> { [ApiKey.Produce] = produce },
        });
        await using var cluster = new ClusterClient(ClusterOptions.For(broker.BootstrapServers), TimeProvider.System, NullLogger<ClusterClient>.Instance);
        var (id, epoch) = await ProducerIds.NewAsync(cluster, default);
        return await new PartitionProducer(cluster, null, NullLogger<PartitionProducer>.Instance)
            .RunAsync(Target, new ProducerIdentity(id, epoch, 0), new TransformPolicy(1 << 20, CoalesceBelow: 0), () => Source(codec), _ => { }, default).WaitAsync(DevelopmentBroker.Soon);
    }

    private static async IAsyncEnumerable<SourceBatch> Source(CompressionType codec)
    {
        await Task.CompletedTask;
        for (var i = 0; i < 10; i++)
            yield return new SourceBatch(Some.Take(Some.Batch(i * 10, 10, codec)), 0, long.MaxValue, []);
    }
}
