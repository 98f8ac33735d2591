using Confluent.Kafka;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>What a Confluent.Kafka consumer sees: the judge, for it shares no code with this project.</summary>
internal static class Witness
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Every record of a partition that a read_committed consumer sees, from the beginning.</summary>
    public static IReadOnlyList<SeenRecord> ReadAll(string broker, string topic, int partition) =>
        Read(broker, topic, partition, Offset.Beginning);

    /// <summary>Every record that a read_committed consumer of a group sees from where the group stands.</summary>
    public static IReadOnlyList<SeenRecord> Continue(string broker, string group, string topic, int partition) =>
        Read(broker, topic, partition, Offset.Stored, group);

    /// <summary>Subscribes as a member of a group, reads so many records, commits and leaves.</summary>
    public static IReadOnlyList<SeenRecord> ConsumeAsMember(string broker, string group, string topic, int count)
    {
        using var consumer = Consumer(broker, group, AutoOffsetReset.Earliest);
        consumer.Subscribe(topic);
        var seen = new List<SeenRecord>();
        var end = DateTime.UtcNow + Patience;
        while (seen.Count < count && DateTime.UtcNow < end)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(200)) is { IsPartitionEOF: false } record)
                seen.Add(SeenRecord.Of(record));
        }

        consumer.Commit([.. seen.GroupBy(r => r.Partition).Select(p => new TopicPartitionOffset(topic, p.Key, p.Max(r => r.Offset) + 1))]);
        consumer.Close();
        return seen.Count == count ? seen : throw new TimeoutException($"{seen.Count} of {count} records came");
    }

    /// <summary>Commits offsets of a group without members.</summary>
    public static async Task CommitAsync(string broker, string group, params TopicPartitionOffset[] offsets)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker }).Build();
        await admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(group, [.. offsets])]);
    }

    private static List<SeenRecord> Read(string broker, string topic, int partition, Offset from, string group = "witness")
    {
        using var consumer = Consumer(broker, group, AutoOffsetReset.Error);
        consumer.Assign(new TopicPartitionOffset(topic, partition, from));
        var seen = new List<SeenRecord>();
        while (true)
        {
            var record = consumer.Consume(Patience) ?? throw new TimeoutException($"{topic}-{partition} has no end");
            if (record.IsPartitionEOF)
                return seen;
            seen.Add(SeenRecord.Of(record));
        }
    }

    private static IConsumer<byte[]?, byte[]?> Consumer(string broker, string group, AutoOffsetReset reset) => new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
    {
        BootstrapServers = broker,
        GroupId = group,
        EnableAutoCommit = false,
        EnablePartitionEof = true,
        AutoOffsetReset = reset,
        IsolationLevel = IsolationLevel.ReadCommitted,
        AllowAutoCreateTopics = false,
    }).SetLogHandler((_, _) => { }).Build();
}

/// <summary>A record as the witness saw it.</summary>
internal sealed record SeenRecord(int Partition, long Offset, string Content)
{
    public static SeenRecord Of(ConsumeResult<byte[]?, byte[]?> record)
    {
        var headers = (record.Message.Headers ?? []).Select(h => $"{h.Key}={Text(h.GetValueBytes())}");
        return new SeenRecord(
            record.Partition, record.Offset,
            $"{record.Message.Timestamp.UnixTimestampMs} {Text(record.Message.Key)} {Text(record.Message.Value)} [{string.Join(",", headers)}]");
    }

    public static string Text(byte[]? bytes) => bytes is null ? "null" : $"'{Convert.ToBase64String(bytes)}'";
}
