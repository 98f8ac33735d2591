using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs.Compaction;

/// <summary>
/// Says what compaction leaves of a batch: all of it, some of its records, only its header, or nothing. Base and last offset stay whatever goes. Source: Kafka's
/// log cleaner, and KIP-534 for how long tombstones and markers stay: the first pass that meets them writes the horizon into the batch.
/// </summary>
/// <param name="latest">Where the latest record of each key lies.</param>
/// <param name="transactions">Is shown each batch in turn.</param>
/// <param name="producers">The newest of each producer.</param>
/// <param name="now">Milliseconds since 1970.</param>
/// <param name="deleteRetentionMs">delete.retention.ms.</param>
internal sealed class BatchFilter(
    LatestOffsets latest, CleanedTransactions transactions, IReadOnlyDictionary<long, ProducerTail> producers, long now, long deleteRetentionMs) : IDisposable
{
    private readonly PooledBuffer _records = new(CompressionCodecs.DefaultLimit);
    private readonly RecordBatchBuilder _builder = new();
    private readonly byte[] _header = new byte[BatchHeader.Size];

    /// <summary>The aborted transactions that a reader of what is left has to know of.</summary>
    public List<AbortedRange> Aborted { get; } = [];

    /// <summary>What is left of the batch; empty: nothing. Valid until the next call.</summary>
    /// <exception cref="InvalidBatchException">It is damaged.</exception>
    public ReadOnlyMemory<byte> Filter(in RecordBatch batch)
    {
        var header = batch.Header;
        if (header.Magic < BatchHeader.SupportedMagic)
            return FilterMessage(batch);
        return header.IsControl ? FilterMarker(batch) : FilterRecords(batch);
    }

    public void Dispose()
    {
        _records.Dispose();
        _builder.Dispose();
    }

    private ReadOnlyMemory<byte> FilterMarker(in RecordBatch batch)
    {
        var header = batch.Header;
        var isLonely = transactions.IsLonely(header, TransactionMarker.ReadOutcome(batch.Bytes.Span), out var ended);
        if (ended is { } range)
            Aborted.Add(range);
        if (header.RecordCount == 0)
            return WithoutRecords(batch);
        if (!isLonely)
            return batch.Bytes;
        if (header.HasDeleteHorizon)
            return header.BaseTimestamp <= now ? WithoutRecords(batch) : batch.Bytes;
        return Rebuild(batch, Horizon, batch.Payload.Span);
    }

    private ReadOnlyMemory<byte> FilterRecords(in RecordBatch batch)
    {
        var header = batch.Header;
        if (transactions.IsAborted(header) || header.RecordCount == 0)
            return WithoutRecords(batch);
        var records = batch.Decompress(_records).Span;
        var (kept, tombstones) = Count(records, header);
        if (kept == 0)
            return WithoutRecords(batch);
        var needsHorizon = tombstones > 0 && !header.HasDeleteHorizon;
        if (kept == header.RecordCount && !needsHorizon)
            return batch.Bytes;
        return Rebuild(batch, needsHorizon ? Horizon : header.HasDeleteHorizon ? header.BaseTimestamp : null, records);
    }

    // A message of magic 0 or 1 stays as it lies while one of its records does: nothing writes the old formats any more.
    private ReadOnlyMemory<byte> FilterMessage(in RecordBatch message) =>
        message.ReadRecords(_records).Any(record => record.Key is { } key && !latest.Supersedes(key.Span, record.Offset))
            ? message.Bytes
            : default;

    private (int Kept, int Tombstones) Count(ReadOnlySpan<byte> records, in BatchHeader header)
    {
        var (kept, tombstones) = (0, 0);
        for (var i = 0; i < header.RecordCount; i++)
        {
            var size = RawRecord.Read(records, out var record);
            if (size == 0)
                throw new InvalidBatchException(header.BaseOffset, $"record {i} of {header.RecordCount} is cut off or malformed");
            records = records[size..];
            if (!Stays(record, header))
                continue;
            kept++;
            if (RecordFields.IsTombstone(record.Body))
                tombstones++;
        }

        return (kept, tombstones);
    }

    private bool Stays(in RawRecord record, in BatchHeader header) =>
        RecordFields.TryReadKey(record.Body, out var key)
        && !latest.Supersedes(key, header.BaseOffset + record.OffsetDelta)
        && (!RecordFields.IsTombstone(record.Body) || !header.HasDeleteHorizon || now < header.BaseTimestamp);

    private long Horizon => now + deleteRetentionMs;

    private ReadOnlyMemory<byte> Rebuild(in RecordBatch batch, long? horizon, ReadOnlySpan<byte> records)
    {
        var header = batch.Header;
        _builder.Reset();
        (_builder.Compression, _builder.BaseTimestamp) = (header.Compression, horizon);
        while (!records.IsEmpty)
        {
            var size = RawRecord.Read(records, out var record);
            if (header.IsControl || Stays(record, header))
                _builder.Add(header.TimestampOf(record.TimestampDelta), record.OffsetDelta, record.Body);
            records = records[size..];
        }

        return _builder.Build(horizon is null ? header : header with { Attributes = header.Attributes | BatchAttributes.DeleteHorizon });
    }

    // The newest batch of a producer says its epoch and its last sequence number, also without records.
    private ReadOnlyMemory<byte> WithoutRecords(in RecordBatch batch)
    {
        var header = batch.Header;
        if (!IsNewestOfProducer(header))
            return default;
        if (header.RecordCount == 0)
            return batch.Bytes;
        const BatchAttributes Kept = BatchAttributes.LogAppendTime | BatchAttributes.Transactional | BatchAttributes.Control;
        var empty = header with
        {
            BatchLength = BatchHeader.Size - BatchHeader.LengthOverhead,
            Attributes = header.Attributes & Kept,
            BaseTimestamp = -1,
            RecordCount = 0,
        };
        empty.Write(_header);
        BatchHeader.Seal(_header);
        return _header;
    }

    private bool IsNewestOfProducer(in BatchHeader header) =>
        header.ProducerId >= 0
        && producers.TryGetValue(header.ProducerId, out var tail)
        && (tail.LastDataOffset is { } last ? header.LastOffset == last : header.IsControl && header.ProducerEpoch == tail.Epoch);
}
