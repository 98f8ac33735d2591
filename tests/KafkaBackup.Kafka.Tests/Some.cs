using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using Record = KafkaBackup.Protocol.Records.Record;

namespace KafkaBackup.Kafka.Tests;

/// <summary>Batches and records made for a test.</summary>
internal static class Some
{
    public static BatchHeader Template { get; } = new(0, 0, -1, 0, BatchAttributes.None, 0, 0, -1, -1, -1, -1, 0);

    /// <summary>A batch of records that count up from the base offset, each with a small value.</summary>
    public static byte[] Batch(
        long baseOffset, int count = 1, CompressionType codec = CompressionType.None, BatchAttributes attributes = BatchAttributes.None,
        long producerId = -1, int valueSize = 8, long timestamp = 1_000_000) =>
        Batch(baseOffset, [.. Enumerable.Range(0, count).Select(i => new Record(i, timestamp + i, null, Value(baseOffset + i, valueSize), []))], codec, attributes, producerId);

    /// <summary>A batch of these records; their offsets are deltas, which may leave holes, also at the end.</summary>
    public static byte[] Batch(
        long baseOffset, IReadOnlyList<Record> records, CompressionType codec = CompressionType.None, BatchAttributes attributes = BatchAttributes.None,
        long producerId = -1, int lastOffsetDelta = 0)
    {
        using var builder = new RecordBatchBuilder { Compression = codec };
        foreach (var record in records)
        {
            using var body = new PooledBuffer();
            RecordBody.Write(body, record.Key, record.Value, record.Headers);
            builder.Add(record.Timestamp, (int)record.Offset, body.Memory.Span);
        }

        return builder.Build(Template with
        {
            BaseOffset = baseOffset,
            Attributes = attributes,
            ProducerId = producerId,
            ProducerEpoch = (short)(producerId < 0 ? -1 : 0),
            BaseSequence = producerId < 0 ? -1 : 0,
            LastOffsetDelta = lastOffsetDelta,
        }).ToArray();
    }

    /// <summary>A transaction's marker.</summary>
    public static byte[] Marker(long offset, long producerId, bool commit) =>
        Batch(
            offset,
            [new Record(0, 1_000_000, new byte[] { 0, 0, 0, (byte)(commit ? 1 : 0) }, new byte[6], [])],
            attributes: BatchAttributes.Transactional | BatchAttributes.Control,
            producerId: producerId);

    /// <summary>The same batch with another header, sealed again.</summary>
    public static byte[] With(byte[] batch, Func<BatchHeader, BatchHeader> change)
    {
        var changed = (byte[])batch.Clone();
        change(Take(batch).Header).Write(changed);
        BatchHeader.Seal(changed);
        return changed;
    }

    public static byte[] Value(long offset, int size)
    {
        var value = new byte[size];
        BitConverter.TryWriteBytes(value, offset);
        return value;
    }

    public static RecordBatch Take(ReadOnlyMemory<byte> bytes) =>
        RecordBatch.TryTake(ref bytes, out var batch) && bytes.IsEmpty ? batch : throw new InvalidOperationException("not one batch");

    public static IEnumerable<RecordBatch> Batches(ReadOnlyMemory<byte> bytes)
    {
        while (RecordBatch.TryTake(ref bytes, out var batch))
            yield return batch;
        if (!bytes.IsEmpty)
            throw new InvalidOperationException($"{bytes.Length} bytes follow the last batch");
    }

    /// <summary>Timestamp, key, value and headers of a record, without its offset.</summary>
    public static string Describe(Record record) =>
        $"@{record.Timestamp} {Text(record.Key)}={Text(record.Value)} [{string.Join(", ", record.Headers.Select(h => $"{h.Name}={Text(h.Value)}"))}]";

    public static string Text(ReadOnlyMemory<byte>? bytes) => bytes is { } b ? "'" + Convert.ToBase64String(b.Span) + "'" : "null";
}
