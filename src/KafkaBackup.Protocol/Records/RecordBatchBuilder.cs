using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Records;

/// <summary>
/// Writes one record batch of magic 2. Records are added in offset order; <see cref="Build(BatchHeader)"/> then gives the batch, and the builder is
/// empty again, ready for the next.
/// </summary>
public sealed class RecordBatchBuilder : IDisposable
{
    private readonly PooledBuffer _records = new();
    private readonly PooledBuffer _batch = new();
    private int _lastOffsetDelta = -1;

    /// <summary>How the records will be compressed.</summary>
    public CompressionType Compression { get; set; }

    /// <summary>Records added.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the records added, uncompressed, without the batch's header.</summary>
    public int RecordBytes => _records.Length;

    /// <summary>What the records' timestamps are written relative to: by default the first record's.</summary>
    public long? BaseTimestamp { get; set; }

    /// <summary>The largest timestamp added; -1 with none.</summary>
    public long MaxTimestamp { get; private set; } = -1;

    /// <summary>The bytes that a record would add, uncompressed.</summary>
    public int SizeOf(long timestamp, int bodyLength)
    {
        var inner = 1 + Varint.Length(timestamp - (BaseTimestamp ?? timestamp)) + Varint.Length(_lastOffsetDelta + 1) + bodyLength;
        return Varint.Length(inner) + inner;
    }

    /// <summary>Adds a record whose key, value and headers are already coded, at the next offset.</summary>
    public void Add(long timestamp, ReadOnlySpan<byte> body) => Add(timestamp, _lastOffsetDelta + 1, body);

    /// <summary>Adds a record whose key, value and headers are already coded, at an offset that may leave a hole.</summary>
    public void Add(long timestamp, int offsetDelta, ReadOnlySpan<byte> body)
    {
        if (offsetDelta <= _lastOffsetDelta)
            throw new ArgumentOutOfRangeException(nameof(offsetDelta), offsetDelta, $"offsets ascend; the last delta is {_lastOffsetDelta}");
        var timestampDelta = timestamp - (BaseTimestamp ??= timestamp);
        MaxTimestamp = Count == 0 ? timestamp : Math.Max(MaxTimestamp, timestamp);
        var inner = 1 + Varint.Length(timestampDelta) + Varint.Length(offsetDelta) + body.Length;
        var target = _records.GetSpan(Varint.MaxLength32 + inner);
        var size = Varint.Write32(target, inner);
        target[size++] = 0;
        size += Varint.Write64(target[size..], timestampDelta);
        size += Varint.Write32(target[size..], offsetDelta);
        body.CopyTo(target[size..]);
        _records.Advance(size + body.Length);
        _lastOffsetDelta = offsetDelta;
        Count++;
    }

    /// <summary>Adds a record at the next offset.</summary>
    public void Add(long timestamp, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value, IReadOnlyList<RecordHeader> headers)
    {
        using var body = new PooledBuffer();
        RecordBody.Write(body, key, value, headers);
        Add(timestamp, body.Memory.Span);
    }

    /// <summary>The batch, sealed with its CRC, as the other overload writes it; valid until the builder is used again.</summary>
    public ReadOnlyMemory<byte> Build(BatchHeader template)
    {
        _batch.Clear();
        Build(template, _batch);
        return _batch.Memory;
    }

    /// <summary>
    /// Writes the batch, sealed with its CRC, into an empty buffer. Of <paramref name="template"/> the base offset, leader epoch, attributes
    /// (their compression bits aside) and producer fields are taken, and a last offset above the records' own.
    /// </summary>
    public void Build(BatchHeader template, PooledBuffer target)
    {
        target.GetSpan(BatchHeader.Size)[..BatchHeader.Size].Clear();
        target.Advance(BatchHeader.Size);
        CompressionCodecs.Compress(Compression, _records.Memory, target);
        var header = template with
        {
            BatchLength = target.Length - BatchHeader.LengthOverhead,
            Attributes = (BatchAttributes)(((int)template.Attributes & ~7) | (int)Compression),
            LastOffsetDelta = Math.Max(template.LastOffsetDelta, Math.Max(_lastOffsetDelta, 0)),
            BaseTimestamp = BaseTimestamp ?? template.BaseTimestamp,
            MaxTimestamp = Count == 0 ? template.MaxTimestamp : MaxTimestamp,
            RecordCount = Count,
        };
        header.Write(target.Span);
        BatchHeader.Seal(target.Span);
        Reset();
    }

    /// <summary>Forgets the records added.</summary>
    public void Reset()
    {
        _records.Clear();
        _lastOffsetDelta = -1;
        Count = 0;
        BaseTimestamp = null;
        MaxTimestamp = -1;
    }

    public void Dispose()
    {
        _records.Dispose();
        _batch.Dispose();
    }
}
