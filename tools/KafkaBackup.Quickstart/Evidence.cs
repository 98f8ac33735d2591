using Confluent.Kafka;
using KafkaBackup.Testing.Processes;

namespace KafkaBackup.Quickstart;

/// <summary>What independent clients see of a cluster at one moment.</summary>
/// <param name="Records">Every record that a read_committed Confluent.Kafka consumer sees, by partition, as text.</param>
/// <param name="Next">The record that each group would read next on each partition that it has committed, as text.</param>
/// <param name="Dumps">SHA-256 of what kcat prints of each topic (no offsets: holes close at a restore); empty without kcat.</param>
internal sealed record Evidence(
    IReadOnlyDictionary<string, IReadOnlyList<string>> Records, IReadOnlyDictionary<string, string> Next, IReadOnlyDictionary<string, string> Dumps)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Summary => $"{Records.Values.Sum(r => r.Count)} committed records in {Records.Count} partitions, {Next.Count} positions of groups";

    public static async Task<Evidence> CollectAsync(string broker)
    {
        var records = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var dumps = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (topic, partitions) in SampleData.Topics)
        {
            for (var partition = 0; partition < partitions; partition++)
                records[$"{topic}-{partition}"] = [.. Read(broker, "evidence", new TopicPartitionOffset(topic, partition, Offset.Beginning))];
            if (Kcat.IsHere)
                dumps[topic] = Kcat.Hash(await Kcat.DumpAsync(broker, topic, partitions, withOffsets: false));
        }

        var next = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (group, topic) in SampleData.Groups)
        {
            for (var partition = 0; partition < SampleData.Topics.Single(t => t.Topic == topic).Partitions; partition++)
                next[$"{group} on {topic}-{partition}"] = !HasCommitted(broker, group, topic, partition) ? "(where it has not read yet)" : Read(broker, group, new TopicPartitionOffset(topic, partition, Offset.Stored)).FirstOrDefault("(nothing more)");
        }

        return new Evidence(records, next, dumps);
    }

    private static IEnumerable<string> Read(string broker, string group, TopicPartitionOffset from)
    {
        using var consumer = Consumer(broker, group);
        consumer.Assign(from);
        while (consumer.Consume(Patience) is { IsPartitionEOF: false } record)
        {
            var headers = record.Message.Headers.Select(h => $"{h.Key}={Text(h.GetValueBytes())}");
            yield return $"{record.Message.Timestamp.UnixTimestampMs} {Text(record.Message.Key)} {Text(record.Message.Value)} [{string.Join(",", headers)}]";
        }
    }

    private static bool HasCommitted(string broker, string group, string topic, int partition)
    {
        using var consumer = Consumer(broker, group);
        return consumer.Committed([new TopicPartition(topic, partition)], Patience).Single().Offset != Offset.Unset;
    }

    private static IConsumer<byte[]?, byte[]?> Consumer(string broker, string group) =>
        new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
        {
            BootstrapServers = broker,
            GroupId = group,
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            AutoOffsetReset = AutoOffsetReset.Error,
            IsolationLevel = IsolationLevel.ReadCommitted,
        }).SetLogHandler((_, _) => { }).Build();

    private static string Text(byte[]? bytes) => bytes is null ? "null" : System.Text.Encoding.UTF8.GetString(bytes);
}
