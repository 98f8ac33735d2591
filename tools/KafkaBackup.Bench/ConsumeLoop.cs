using Confluent.Kafka;

namespace KafkaBackup.Bench;

/// <summary>The alternative to a backup: a Confluent.Kafka consume loop that writes each value behind its length, flushed to disk at the end.</summary>
internal static class ConsumeLoop
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

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
        using var output = ValueFile.Create(file);
        var open = Partitions(broker, topic);
        consumer.Assign(Enumerable.Range(0, open).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        while (open > 0)
        {
            var record = consumer.Consume(Patience) ?? throw new TimeoutException($"nothing came of {topic} for {Patience.TotalSeconds} s");
            if (record.IsPartitionEOF)
                open--;
            else
                ValueFile.Write(output, record.Partition.Value, record.Message.Value);
        }

        output.Flush(flushToDisk: true);
        return 0;
    }

    private static int Partitions(string broker, string topic)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker }).Build();
        return admin.GetMetadata(topic, Patience).Topics.Single().Partitions.Count;
    }
}
