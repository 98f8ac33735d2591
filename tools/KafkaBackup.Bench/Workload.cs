using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBackup.Bench;

/// <summary>A topic to move: so many records of so many bytes, in batches as a producer makes them, or of one record each.</summary>
internal sealed record Workload(string Topic, int Records, int ValueBytes, bool HasOneRecordBatches, string Codec, int Partitions)
{
    /// <summary>Neighbouring records that go to the same partition, so that batches fill.</summary>
    private const int RunLength = 2_000;

    private const int DifferentValues = 1_024;

    /// <summary>Next to nothing, which shows what starting and ending takes.</summary>
    public static readonly Workload Start = new("start", 1, 100, false, "none", 1);

    public static IEnumerable<Workload> All(double share) =>
        from size in new[] { (Name: "one-record-batches", Records: 600_000, Bytes: 100), (Name: "100-bytes", Records: 4_000_000, Bytes: 100), (Name: "1-kibibyte", Records: 1_000_000, Bytes: 1024) }
        from codec in new[] { "none", "lz4" }
        from partitions in new[] { 1, 16 }
        select new Workload($"{size.Name}-{codec}-{partitions}", Math.Max(1, (int)(size.Records * share)), size.Bytes, size.Name.StartsWith("one", StringComparison.Ordinal), codec, partitions);

    /// <summary>Produces it.</summary>
    public async Task LoadAsync(string broker)
    {
        await CreateAsync(broker, Topic);
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = broker,
            ["acks"] = "1",
            ["linger.ms"] = HasOneRecordBatches ? "0" : "50",
            ["batch.size"] = "900000",
            ["batch.num.messages"] = HasOneRecordBatches ? "1" : "100000",
            ["compression.type"] = Codec,
            ["queue.buffering.max.kbytes"] = $"{512 << 10}",
            ["queue.buffering.max.messages"] = "500000",
        }) { EnableDeliveryReports = false }).Build();
        var values = Values();
        for (var i = 0; i < Records; i++)
        {
            // The library copies a value when it takes it.
            var value = values[i % values.Length];
            BitConverter.TryWriteBytes(value, i);
            var partition = new TopicPartition(Topic, (HasOneRecordBatches ? i : i / RunLength) % Partitions);
            Sending.Add(producer, partition, value);
        }

        producer.Flush(TimeSpan.FromMinutes(5));
    }

    /// <summary>Creates a topic of the same shape.</summary>
    public async Task CreateAsync(string broker, string topic)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = Partitions, ReplicationFactor = 1 }]);
    }

    /// <summary>Values of words that come again and again, so that a codec has something to find: lz4 halves them, about.</summary>
    private byte[][] Values()
    {
        var random = new Random(42);
        var words = Enumerable.Range(0, 256).Select(_ => string.Concat(Enumerable.Range(0, 7).Select(_ => (char)('a' + random.Next(26)))) + " ").ToArray();
        return [.. Enumerable.Range(0, DifferentValues).Select(_ =>
        {
            var text = new StringBuilder();
            while (text.Length < ValueBytes)
                text.Append(words[random.Next(words.Length)]);
            return Encoding.ASCII.GetBytes(text.ToString(0, ValueBytes));
        })];
    }
}
