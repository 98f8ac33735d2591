using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Kafka.Producing;

/// <summary>
/// Turns the stored batches of one partition into batches that a broker accepts: a pure function of the stored bytes, the ranges and the
/// policy, so that a restore which goes on after a crash cuts the same batches again.
/// </summary>
/// <remarks>
/// A batch goes as it lies when a broker takes it so. It is written anew when it has holes (brokers refuse offset deltas that are not
/// consecutive), is clipped, has the broker's timestamps (brokers refuse the bit; every record then gets the timestamp that consumers saw,
/// the batch's maximum), has a delete horizon in place of its base timestamp, is larger than the target accepts, or is so small that requests
/// would cost more than records. Messages of magic 0 and 1 are always written anew, as magic 2; those of magic 0 have no time, and get -1.
/// </remarks>
public sealed class BatchTransformer(TransformPolicy policy) : IDisposable
{
    private static readonly BatchHeader Template =
        new(0, 0, -1, 0, BatchAttributes.None, 0, 0, -1, -1, -1, -1, 0);

    private readonly RecordBatchBuilder _builder = new();
    private readonly PooledBuffer _uncompressed = new(CompressionCodecs.DefaultLimit);
    private OutgoingBatch _pending = new();

    /// <summary>Records whose timestamps were the broker's and are now written as if the producer had set them.</summary>
    public long BrokerTimestamps { get; private set; }

    /// <summary>Takes a stored batch and adds what is ready to <paramref name="output"/>, which the caller disposes.</summary>
    /// <exception cref="InvalidBatchException">The stored batch can't be read.</exception>
    /// <exception cref="RecordTooLargeException">A record does not fit under the target's limit.</exception>
    public void Push(in SourceBatch source, ICollection<OutgoingBatch> output)
    {
        if (!source.HoldsRecords())
            return;
        if (GoesAsItLies(source))
        {
            Flush(output);
            var batch = new OutgoingBatch();
            batch.Bytes.Append(source.Batch.Bytes.Span);
            batch.Add(source.Batch.Header.BaseOffset, source.Batch.Header.RecordCount);
            output.Add(batch);
            return;
        }

        Encode(source, output);
    }

    /// <summary>Adds what was held back to be put together with what would follow.</summary>
    public void Flush(ICollection<OutgoingBatch> output)
    {
        if (_builder.Count == 0)
            return;
        var codec = _builder.Compression;
        _builder.Build(Template, _pending.Bytes);
        if (_pending.Bytes.Length > policy.MaxBatchBytes)
            throw new RecordTooLargeException(_pending.Runs[0].Source, _pending.Bytes.Length, policy.MaxBatchBytes, codec);
        output.Add(_pending);
        _pending = new OutgoingBatch();
    }

    public void Dispose()
    {
        _builder.Dispose();
        _uncompressed.Dispose();
        _pending.Dispose();
    }

    private bool GoesAsItLies(in SourceBatch source)
    {
        var header = source.Batch.Header;
        return header.Magic == BatchHeader.SupportedMagic
            && header.IsDense
            && header.BaseOffset >= source.From
            && header.LastOffset < source.To
            && header.TimestampType == TimestampType.CreateTime
            && !header.HasDeleteHorizon
            && header.TotalSize >= policy.CoalesceBelow
            && header.TotalSize <= policy.MaxBatchBytes;
    }

    private void Encode(in SourceBatch source, ICollection<OutgoingBatch> output)
    {
        var header = source.Batch.Header;
        if (_builder.Compression != header.Compression)
        {
            Flush(output);
            _builder.Compression = header.Compression;
        }

        if (header.Magic < BatchHeader.SupportedMagic)
        {
            EncodeLegacy(source, output);
            return;
        }

        var rest = source.Batch.Decompress(_uncompressed).Span;
        for (var i = 0; i < header.RecordCount; i++)
        {
            var size = RawRecord.Read(rest, out var record);
            if (size == 0)
                throw new InvalidBatchException(header.BaseOffset, $"record {i} of {header.RecordCount} is cut off or malformed");
            rest = rest[size..];
            var offset = header.BaseOffset + record.OffsetDelta;
            if (offset < source.From || offset >= source.To)
                continue;
            Add(offset, header.TimestampOf(record.TimestampDelta), record.Body, output);
            if (header.TimestampType == TimestampType.LogAppendTime)
                BrokerTimestamps++;
        }
    }

    private void EncodeLegacy(in SourceBatch source, ICollection<OutgoingBatch> output)
    {
        using var body = new PooledBuffer();
        foreach (var record in source.Batch.ReadRecords(_uncompressed))
        {
            if (record.Offset < source.From || record.Offset >= source.To)
                continue;
            body.Clear();
            RecordBody.Write(body, record.Key, record.Value, record.Headers);
            Add(record.Offset, record.Timestamp, body.Memory.Span, output);
            if (source.Batch.Header.TimestampType == TimestampType.LogAppendTime)
                BrokerTimestamps++;
        }
    }

    private void Add(long offset, long timestamp, ReadOnlySpan<byte> body, ICollection<OutgoingBatch> output)
    {
        if (_builder.Count > 0 && _builder.RecordBytes + _builder.SizeOf(timestamp, body.Length) > policy.RecordBytes)
            Flush(output);
        _builder.Add(timestamp, body);
        _pending.Add(offset, 1);
    }
}

/// <summary>A record does not fit into a batch that the target accepts.</summary>
public sealed class RecordTooLargeException(long offset, int size, int limit, CompressionType codec)
    : Connections.ClusterException($"the record at source offset {offset} makes a batch of {size} bytes ({codec}), the target accepts {limit}: raise max.message.bytes");
