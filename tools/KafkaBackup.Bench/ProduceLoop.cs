using Confluent.Kafka;

namespace KafkaBackup.Bench;

/// <summary>The alternative to a restore: a Confluent.Kafka produce loop over the values that the consume loop wrote.</summary>
internal static class ProduceLoop
{
    public static readonly IReadOnlyDictionary<string, string> Configuration = new Dictionary<string, string>
    {
        ["acks"] = "all",
        ["enable.idempotence"] = "true",
        ["max.in.flight.requests.per.connection"] = "5",
        ["linger.ms"] = "50",
        ["batch.size"] = "900000",
        ["batch.num.messages"] = "100000",
        ["queue.buffering.max.kbytes"] = $"{512 << 10}",
        ["queue.buffering.max.messages"] = "500000",
    };

    public static int Run(string broker, string topic, string codec, string file)
    {
        // No report for each record, which would cost the loop half its speed: what arrived is compared afterwards.
        var config = new ProducerConfig(Configuration.ToDictionary()) { BootstrapServers = broker, CompressionType = Enum.Parse<CompressionType>(codec, ignoreCase: true), EnableDeliveryReports = false };
        using var producer = new ProducerBuilder<Null, byte[]>(config).Build();
        foreach (var (partition, value) in ValueFile.Read(file))
            Sending.Add(producer, new TopicPartition(topic, partition), value);
        return producer.Flush(TimeSpan.FromMinutes(5)) == 0 ? 0 : 1;
    }
}
