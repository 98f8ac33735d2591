using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBackup.Testing.Processes;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>A compacted topic whose broker compacts it all the time.</summary>
internal static class CompactedSource
{
    public const string Topic = "compacted";

    /// <summary>Options of a broker that looks for something to compact every few milliseconds.</summary>
    public static string[] Eager { get; } = ["--set", "log.cleaner.backoff.ms=5"];

    /// <summary>Makes the topic: small segments, compacted whenever there is anything to compact.</summary>
    public static async Task CreateAsync(string broker, int deleteRetentionMs)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker }).SetLogHandler((_, _) => { }).Build();
        await admin.CreateTopicsAsync(
        [
            new TopicSpecification
            {
                Name = Topic,
                NumPartitions = 1,
                Configs = new Dictionary<string, string>
                {
                    ["cleanup.policy"] = "compact",
                    ["segment.bytes"] = "3000",
                    ["min.cleanable.dirty.ratio"] = "0",
                    ["delete.retention.ms"] = $"{deleteRetentionMs}",
                },
            },
        ]);
    }

    public static IProducer<byte[], byte[]?> Producer(BrokerProcess broker, Action<ProducerConfig>? change = null)
    {
        var config = new ProducerConfig { BootstrapServers = broker.Address, EnableIdempotence = true, LingerMs = 0, BatchNumMessages = 5, MessageTimeoutMs = 60_000, ReconnectBackoffMaxMs = 200 };
        change?.Invoke(config);
        return new ProducerBuilder<byte[], byte[]?>(config).SetLogHandler((_, _) => { }).Build();
    }

    public static Message<byte[], byte[]?> Update(int key, int number) =>
        new() { Key = Encoding.UTF8.GetBytes($"key-{key}"), Value = number % 11 == 0 ? null : Encoding.UTF8.GetBytes($"{number} {new string('x', 100)}") };
}
