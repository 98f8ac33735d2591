using Confluent.Kafka;

namespace KafkaBackup.Bench;

/// <summary>The alternative: a Confluent.Kafka consume loop that writes each value behind its length, flushed to disk at the end.</summary>
internal static class ConsumeLoop
{
    public static readonly IReadOnlyDictionary<string, string> Configuration = new Dictionary<string, string>
    {
        ["group.id"] = "bench",
        ["enable.auto.commit"] = "false",
        ["enable.partition.eof"] = "true",
        ["fetch.max.bytes"] = $"{64 << 20}",
        ["max.partition.fetch.bytes"] = $"{16 << 20}",
        ["queued.max.messages.kbytes"] = $"{256 << 10}",
        ["queued.min.messages"] = "1000000",
        ["check.crcs"] = "false",
    };

    public static int Run(string broker, string topic, string file)
    {
        var config = new ConsumerConfig(Configuration.ToDictionary()) { BootstrapServers = broker };
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
        using var output = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        Span<byte> length = stackalloc byte[sizeof(int)];
        while (consumer.Consume(TimeSpan.FromSeconds(30)) is { IsPartitionEOF: false } record)
        {
            BitConverter.TryWriteBytes(length, record.Message.Value.Length);
            output.Write(length);
            output.Write(record.Message.Value);
        }

        output.Flush(flushToDisk: true);
        return 0;
    }
}
