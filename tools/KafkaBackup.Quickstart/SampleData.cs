using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBackup.Quickstart;

/// <summary>The sample topics and groups.</summary>
internal static class SampleData
{
    public const string Orders = "orders";
    public const string Payments = "payments";
    public const string Customers = "customers";
    public const int OrderPartitions = 3;
    private const int OrderCount = 6000;
    private const int TransactionCount = 20;
    private const int PaymentsEach = 25;

    /// <summary>The topics with their partitions; the last one is a real broker's compacted log.</summary>
    public static IReadOnlyList<(string Topic, int Partitions)> Topics { get; } = [(Orders, OrderPartitions), (Payments, 1), (Customers, 1), ("fx-compact", 1)];

    /// <summary>The groups, with the topic that each one reads.</summary>
    public static IReadOnlyList<(string Group, string Topic)> Groups { get; } = [("billing", Orders), ("ledger", Payments), ("search", "fx-compact")];

    public static async Task LoadAsync(string broker)
    {
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker }).Build())
        {
            await admin.CreateTopicsAsync([
                new TopicSpecification { Name = Orders, NumPartitions = OrderPartitions },
                new TopicSpecification { Name = Payments, NumPartitions = 1 },
                new TopicSpecification { Name = Customers, NumPartitions = 1, Configs = new() { ["cleanup.policy"] = "compact" } },
            ]);
        }

        ProduceOrders(broker);
        ProducePayments(broker);
        ProduceCustomers(broker);
        StopHalfWay(broker, "billing", Orders, OrderCount / 2);
        StopHalfWay(broker, "ledger", Payments, 100);
        StopHalfWay(broker, "search", "fx-compact", 111);
    }

    private static void ProduceOrders(string broker)
    {
        using var producer = Producer(broker, new() { EnableIdempotence = true, CompressionType = CompressionType.Lz4, LingerMs = 5 });
        for (var i = 0; i < OrderCount; i++)
            producer.Produce(Orders, Message($"order-{i % 500}", $"{{\"id\":{i},\"amount\":{i * 37 % 1000}}}", ("source", "web"), ("source", "again"), ("trace", null)));
        producer.Flush();
    }

    private static void ProducePayments(string broker)
    {
        using var producer = Producer(broker, new() { TransactionalId = "quickstart" });
        producer.InitTransactions(TimeSpan.FromSeconds(30));
        for (var i = 0; i < TransactionCount; i++)
        {
            producer.BeginTransaction();
            for (var j = 0; j < PaymentsEach; j++)
                producer.Produce(Payments, Message($"payment-{i}", $"{j} of transaction {i}"));
            producer.Flush(); // so that what is aborted lies in the log
            if (i % 3 == 2)
                producer.AbortTransaction();
            else
                producer.CommitTransaction();
        }
    }

    private static void ProduceCustomers(string broker)
    {
        using var producer = Producer(broker, new());
        for (var i = 0; i < 300; i++)
            producer.Produce(Customers, Message($"customer-{i % 100}", i % 10 == 9 ? null : $"version {i / 100}"));
        producer.Flush();
    }

    private static void StopHalfWay(string broker, string group, string topic, int count)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = broker,
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            IsolationLevel = IsolationLevel.ReadCommitted,
        }).SetLogHandler((_, _) => { }).Build();
        consumer.Subscribe(topic);
        var next = new Dictionary<TopicPartition, Offset>();
        for (var i = 0; i < count; i++)
        {
            var record = consumer.Consume(TimeSpan.FromSeconds(30)) ?? throw new TimeoutException($"{topic} has fewer than {count} records");
            next[record.TopicPartition] = record.Offset + 1;
        }

        consumer.Commit(next.Select(n => new TopicPartitionOffset(n.Key, n.Value)));
        consumer.Close();
    }

    private static IProducer<byte[], byte[]> Producer(string broker, ProducerConfig config)
    {
        config.BootstrapServers = broker;
        return new ProducerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).Build();
    }

    private static Message<byte[], byte[]> Message(string key, string? value, params (string Name, string? Value)[] headers)
    {
        var message = new Message<byte[], byte[]> { Key = System.Text.Encoding.UTF8.GetBytes(key), Value = value is null ? null! : System.Text.Encoding.UTF8.GetBytes(value), Headers = [] };
        foreach (var (name, text) in headers)
            message.Headers.Add(name, text is null ? null : System.Text.Encoding.UTF8.GetBytes(text));
        return message;
    }
}
