using CsCheck;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using Record = KafkaBackup.Protocol.Records.Record;

namespace KafkaBackup.Protocol.Tests.Records;

/// <summary>Arbitrary records: null and empty keys, values and headers, timestamps from everywhere.</summary>
internal static class Some
{
    public static readonly Gen<byte[]?> Blob = Gen.Frequency((2, Gen.Const((byte[]?)null)), (1, Gen.Const<byte[]?>([])), (6, Gen.Byte.Array[0, 200]!));

    public static readonly Gen<RecordHeader> Header =
        Gen.Select(Gen.OneOf(new[] { "", "a", "a", "trace", "größe" }.Select(Gen.Const).ToArray()), Blob).Select((name, value) => new RecordHeader(name, Memory(value)));

    public static readonly Gen<long> Timestamp =
        Gen.Frequency((4, Gen.Long[1_577_836_800_000, 1_577_836_900_000]), (1, Gen.OneOf(new long[] { 0, -1, 1_577_836_800, 253_402_300_799_999 }.Select(Gen.Const).ToArray())), (1, Gen.Long));

    public static readonly Gen<Record> Record =
        Gen.Select(Timestamp, Blob, Blob, Header.Array[0, 4]).Select((time, key, value, headers) => new Record(0, time, Memory(key), Memory(value), headers));

    public static readonly Gen<CompressionType> Codec = Gen.Enum<CompressionType>();

    /// <summary>Records with the offset deltas that they get; some leave holes.</summary>
    public static readonly Gen<(Record Record, int Delta)[]> Records =
        Gen.Select(Record, Gen.Frequency((5, Gen.Const(0)), (1, Gen.Int[1, 50]))).Array[1, 40].Select(steps =>
        {
            var next = 0;
            return steps.Select(step =>
            {
                var delta = next + step.Item2;
                next = delta + 1;
                return (step.Item1, delta);
            }).ToArray();
        });

    public static BatchHeader Template { get; } = new(0, 0, -1, 0, BatchAttributes.None, 0, 0, -1, -1, -1, -1, 0);

    public static ReadOnlyMemory<byte>? Memory(byte[]? bytes) => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes;

    public static byte[] Batch(CompressionType codec, IEnumerable<(Record Record, int Delta)> records, BatchHeader? template = null)
    {
        using var builder = new RecordBatchBuilder { Compression = codec };
        foreach (var (record, delta) in records)
        {
            using var body = new PooledBuffer();
            RecordBody.Write(body, record.Key, record.Value, record.Headers);
            builder.Add(record.Timestamp, delta, body.Memory.Span);
        }

        return builder.Build(template ?? Template).ToArray();
    }

    public static RecordBatch Take(ReadOnlyMemory<byte> bytes) =>
        RecordBatch.TryTake(ref bytes, out var batch) && bytes.IsEmpty ? batch : throw new InvalidOperationException("not one batch");

    public static string Describe(Record record)
    {
        static string Text(ReadOnlyMemory<byte>? bytes) => bytes is { } b ? "'" + Convert.ToHexString(b.Span) + "'" : "null";
        return $"{record.Offset} @{record.Timestamp} {Text(record.Key)}={Text(record.Value)} [{string.Join(", ", record.Headers.Select(h => $"'{h.Name}'={Text(h.Value)}"))}]";
    }
}
