using System.Text;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Tests;

/// <summary>Record batches for raw requests.</summary>
internal static class Batches
{
    public const long Now = 1_700_000_000_000;

    public static BatchHeader Plain { get; } = new(0, 0, -1, 0, BatchAttributes.None, 0, 0, -1, -1, -1, -1, 0);

    public static BatchHeader Idempotent(long producerId, short epoch, int sequence) =>
        Plain with { ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence };

    public static BatchHeader Transactional(long producerId, short epoch, int sequence) =>
        Idempotent(producerId, epoch, sequence) with { Attributes = BatchAttributes.Transactional };

    /// <summary>A batch of records with these values and no keys.</summary>
    public static byte[] Of(BatchHeader template, params string[] values) => Of(template, CompressionType.None, Now, values);

    public static byte[] Of(BatchHeader template, CompressionType compression, long timestamp, params string[] values)
    {
        using var builder = new RecordBatchBuilder { Compression = compression };
        foreach (var value in values)
            builder.Add(timestamp, null, Encoding.UTF8.GetBytes(value), []);
        return builder.Build(template).ToArray();
    }

    /// <summary>Changes a batch's header and seals it again.</summary>
    public static byte[] Change(byte[] batch, Func<BatchHeader, BatchHeader> change)
    {
        BatchHeader.TryRead(batch, out var header);
        var changed = (byte[])batch.Clone();
        change(header).Write(changed);
        BatchHeader.Seal(changed);
        return changed;
    }

    public static ProduceRequest Produce(string topic, byte[] batch, string? transactionalId = null, short acks = -1, int partition = 0) => new()
    {
        Acks = acks,
        TimeoutMs = 10_000,
        TransactionalId = transactionalId,
        Topics = [new ProduceTopic { Topic = topic, Partitions = [new ProducePartition { Partition = partition, Records = batch }] }],
    };

    public static FetchRequest Fetch(string topic, long offset, IsolationLevel isolation = IsolationLevel.ReadUncommitted, int maxBytes = 1 << 20) => new()
    {
        MaxBytes = 1 << 26,
        MinBytes = 1,
        IsolationLevel = isolation,
        Topics = [new FetchTopic { Topic = topic, Partitions = [new FetchPartition { FetchOffset = offset, PartitionMaxBytes = maxBytes }] }],
    };

    public static async Task<ProducedPartition> ProduceAsync(this RawClient client, string topic, byte[] batch, string? transactionalId = null) =>
        (await client.AskAsync(Produce(topic, batch, transactionalId))).Topics.Single().Partitions.Single();

    public static async Task<FetchedPartition> FetchAsync(
        this RawClient client, string topic, long offset, IsolationLevel isolation = IsolationLevel.ReadUncommitted, int maxBytes = 1 << 20) =>
        (await client.AskAsync(Fetch(topic, offset, isolation, maxBytes))).Topics.Single().Partitions.Single();

    public static async Task<ListedOffsetsPartition> ListOffsetAsync(
        this RawClient client, string topic, long timestamp, IsolationLevel isolation = IsolationLevel.ReadUncommitted, int partition = 0)
    {
        var response = await client.AskAsync(new ListOffsetsRequest
        {
            IsolationLevel = isolation,
            Topics = [new ListOffsetsTopic { Topic = topic, Partitions = [new ListOffsetsPartition { Partition = partition, Timestamp = timestamp }] }],
        });
        return response.Topics.Single().Partitions.Single();
    }

    public static async Task<long> EndAsync(this RawClient client, string topic) => (await client.ListOffsetAsync(topic, ListOffsetsPartition.Latest)).Offset;

    /// <summary>The values of the whole batches of a fetch.</summary>
    public static IReadOnlyList<string> Values(FetchedPartition fetched)
    {
        var values = new List<string>();
        using var buffer = new PooledBuffer();
        for (var rest = fetched.Records ?? default; RecordBatch.TryTake(ref rest, out var batch);)
        {
            if (!batch.Header.IsControl)
                values.AddRange(batch.ReadRecords(buffer).Select(r => Encoding.UTF8.GetString(r.Value!.Value.Span)));
        }

        return values;
    }
}
