using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using Record = KafkaBackup.Protocol.Records.Record;

namespace KafkaBackup.Kafka.Tests.Producing;

/// <summary>What a transformer made of stored batches.</summary>
internal sealed class Transformed
{
    public List<byte[]> Batches { get; } = [];

    public List<(long Source, int Count)> Runs { get; } = [];

    public OffsetMap Map { get; } = new(1_000);

    public long BrokerTimestamps { get; private set; }

    public IEnumerable<BatchHeader> Headers => Batches.Select(b => Some.Take(b).Header);

    /// <summary>All records in order; their offsets are those in their batches.</summary>
    public List<Record> Records { get; } = [];

    public static Transformed Of(TransformPolicy policy, IEnumerable<byte[]> stored, long from = 0, long to = long.MaxValue, IReadOnlyList<AbortedRange>? aborted = null)
    {
        using var transformer = new BatchTransformer(policy);
        var output = new List<OutgoingBatch>();
        var transformed = new Transformed();
        foreach (var batch in stored)
        {
            // The memory of a stored batch is valid until the next one is asked for.
            var borrowed = (byte[])batch.Clone();
            transformer.Push(new SourceBatch(Some.Take(borrowed), from, to, aborted ?? []), output);
            borrowed.AsSpan().Fill(0xee);
        }

        transformer.Flush(output);
        transformer.Flush(output);
        transformed.BrokerTimestamps = transformer.BrokerTimestamps;
        using var buffer = new PooledBuffer();
        foreach (var batch in output)
        {
            var bytes = batch.Bytes.Memory.ToArray();
            var records = Some.Take(bytes).ReadRecords(buffer);
            if (batch.RecordCount != records.Count || batch.Runs.Sum(r => r.Count) != records.Count)
                throw new InvalidOperationException($"{batch.RecordCount} records are said, {records.Count} are there");
            transformed.Batches.Add(bytes);
            transformed.Runs.AddRange(batch.Runs);
            foreach (var (source, count) in batch.Runs)
                transformed.Map.Add(source, count);
            transformed.Records.AddRange(records.Select(r => r with { Key = Copy(r.Key), Value = Copy(r.Value), Headers = [.. r.Headers.Select(h => h with { Value = Copy(h.Value) })] }));
            batch.Dispose();
        }

        return transformed;
    }

    private static ReadOnlyMemory<byte>? Copy(ReadOnlyMemory<byte>? bytes) => bytes is { } b ? (ReadOnlyMemory<byte>?)b.ToArray() : null;
}
