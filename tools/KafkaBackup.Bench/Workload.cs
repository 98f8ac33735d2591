using Confluent.Kafka;

namespace KafkaBackup.Bench;

/// <summary>A topic to read: so many records of so many bytes, in batches as a producer makes them, or of one record each.</summary>
internal sealed record Workload(string Topic, int Records, int ValueBytes, bool OneRecordBatches)
{
    public static IReadOnlyList<Workload> All(double share) =>
    [
        new("hundred-bytes", (int)(24_000_000 * share), 100, false),
        new("one-kibibyte", (int)(4_000_000 * share), 1024, false),
        new("one-record-batches", (int)(3_000_000 * share), 100, true),
    ];

    /// <summary>Produces it.</summary>
    public void Load(string broker)
    {
        var config = new ProducerConfig
        {
            BootstrapServers = broker,
            Acks = Acks.Leader,
            LingerMs = OneRecordBatches ? 0 : 20,
            BatchSize = 900_000,
            BatchNumMessages = OneRecordBatches ? 1 : 100_000,
            QueueBufferingMaxMessages = 500_000,
            QueueBufferingMaxKbytes = 512 << 10,
            EnableDeliveryReports = false,
        };
        using var producer = new ProducerBuilder<Null, byte[]>(config).Build();
        var random = new Random(42);
        for (var i = 0; i < Records; i++)
        {
            var value = new byte[ValueBytes];
            random.NextBytes(value);
            BitConverter.TryWriteBytes(value, i);
            while (true)
            {
                try
                {
                    producer.Produce(Topic, new Message<Null, byte[]> { Value = value });
                    break;
                }
                catch (ProduceException<Null, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
                {
                    producer.Poll(TimeSpan.FromMilliseconds(10));
                }
            }
        }

        producer.Flush(TimeSpan.FromMinutes(5));
    }
}
