using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>Topics with numbered records, made by Confluent.Kafka.</summary>
internal static class Topics
{
    public static async Task CreateAsync(string broker, string topic, int partitions)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker }).SetLogHandler((_, _) => { }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions }]);
    }

    public static IReadOnlyList<string> List(string broker)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker }).SetLogHandler((_, _) => { }).Build();
        return [.. admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(t => t.Topic).Where(t => !t.StartsWith("__", StringComparison.Ordinal))];
    }

    /// <summary>Produces the records from <paramref name="from"/> up to <paramref name="to"/>, round robin, in batches of at most 16 KiB.</summary>
    public static void Produce(string broker, string topic, int partitions, int from, int to, int valueBytes = 20)
    {
        using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = broker, EnableIdempotence = true, BatchSize = 16_384, LingerMs = 5 })
            .SetLogHandler((_, _) => { }).Build();
        for (var i = from; i < to; i++)
        {
            var message = new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes($"key-{i}"), Value = Encoding.UTF8.GetBytes($"{i} ".PadRight(valueBytes, 'v')) };
            producer.Produce(new TopicPartition(topic, i % partitions), message);
        }

        producer.Flush(TimeSpan.FromSeconds(60));
    }
}
