using System.Buffers;
using System.Buffers.Binary;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>
/// A segment: a run of batches in `.log`, with `.index`, `.timeindex` and, once a transaction was aborted, `.txnindex`, all in Kafka's own
/// formats. The log serializes its writers.
/// </summary>
internal sealed class LogSegment : IDisposable
{
    private readonly AppendFile _log;
    private readonly AppendFile _offsetIndex;
    private readonly AppendFile _timeIndex;
    private readonly AppendFile _transactionIndex;
    private readonly int _indexInterval;
    private long _bytesSinceIndexEntry;
    private long _maxTimestamp = -1;
    private long _offsetOfMaxTimestamp;
    private long _indexedTimestamp = -1;

    /// <param name="folder">The partition's folder.</param>
    /// <param name="baseOffset">The offset in its name.</param>
    /// <param name="indexInterval">index.interval.bytes.</param>
    /// <param name="suffix">What its files have behind their names while it is not the log's yet.</param>
    public LogSegment(string folder, long baseOffset, int indexInterval, string suffix = "")
    {
        BaseOffset = baseOffset;
        _indexInterval = indexInterval;
        var name = Path.Combine(folder, baseOffset.ToString("D20"));
        _log = new AppendFile(name + ".log" + suffix);
        _offsetIndex = new AppendFile(name + ".index" + suffix);
        _timeIndex = new AppendFile(name + ".timeindex" + suffix);
        _transactionIndex = new AppendFile(name + ".txnindex" + suffix);
    }

    /// <summary>The offset in the file's name: no batch lies below it.</summary>
    public long BaseOffset { get; }

    public long Size => _log.Size;

    /// <summary>The largest timestamp in it, in milliseconds; -1 with none.</summary>
    public long MaxTimestamp => Volatile.Read(ref _maxTimestamp);

    /// <summary>The same, or, where it has none, when it was last written to.</summary>
    public long LargestTimestamp => MaxTimestamp is >= 0 and var largest ? largest : new DateTimeOffset(File.GetLastWriteTimeUtc(_log.Path)).ToUnixTimeMilliseconds();

    /// <summary>The maximum timestamp of its first batch, from which segment.ms is counted; null while empty.</summary>
    public long? FirstTimestamp { get; private set; }

    /// <summary>Whether some of its index files are missing and should be written from what a scan finds.</summary>
    public bool LacksIndexes => !File.Exists(_offsetIndex.Path) || !File.Exists(_timeIndex.Path);

    public SparseIndex Index { get; } = new();

    /// <summary>The aborted transactions whose markers lie in it; replaced, never changed.</summary>
    public IReadOnlyList<AbortedRange> Aborted { get; private set; } = [];

    /// <summary>Creates its files.</summary>
    public void Create()
    {
        _log.Touch();
        _offsetIndex.Touch();
        _timeIndex.Touch();
    }

    public void Append(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        var position = _log.Size;
        Note(header, position, writeFiles: true);
        _log.Append(batch);
    }

    /// <summary>Takes note of a batch found by a scan.</summary>
    public void Found(in BatchHeader header, long position, bool writeIndexes) => Note(header, position, writeIndexes);

    public void AppendAborted(AbortedRange range)
    {
        _transactionIndex.Append(range.ToBytes());
        Aborted = [.. Aborted, range];
    }

    /// <summary>Takes over what `.txnindex` says, or, where there is none or the log was cut, writes it from what a scan found.</summary>
    public void SettleAborted(IReadOnlyList<AbortedRange> scanned, bool trustFile)
    {
        if (trustFile && File.Exists(_transactionIndex.Path))
        {
            Aborted = AbortedRange.ReadAll(File.ReadAllBytes(_transactionIndex.Path));
            return;
        }

        if (File.Exists(_transactionIndex.Path))
            _transactionIndex.Truncate(0);
        foreach (var range in scanned)
            _transactionIndex.Append(range.ToBytes());
        Aborted = scanned;
    }

    public void ClearIndexes()
    {
        _offsetIndex.Truncate(0);
        _timeIndex.Truncate(0);
    }

    public void Truncate(long size) => _log.Truncate(size);

    public int Read(long position, Span<byte> target) => _log.Read(position, target);

    /// <summary>The header of the batch at <paramref name="position"/>; false at the end.</summary>
    public bool TryReadHeader(long position, out BatchHeader header)
    {
        Span<byte> bytes = stackalloc byte[BatchHeader.Size];
        return BatchHeader.TryRead(bytes[.._log.Read(position, bytes)], out header);
    }

    /// <summary>Where the first batch begins that ends at or after <paramref name="offset"/>; <paramref name="end"/> if there is none before it.</summary>
    public long Find(long offset, long end) => Find(Index.PositionBefore(offset), end, h => h.LastOffset >= offset);

    /// <summary>Where the first batch begins whose maximum timestamp is not below <paramref name="timestamp"/>.</summary>
    public long FindTime(long timestamp, long end) => FindTime(timestamp, Index.PositionBeforeTime(timestamp), end);

    /// <summary>The same, from a batch's begin on.</summary>
    public long FindTime(long timestamp, long from, long end) => Find(from, end, h => h.MaxTimestamp >= timestamp);

    /// <summary>Writes what is due when nothing more is appended for now.</summary>
    public void Seal() => WriteTimeEntry();

    public void Flush()
    {
        _log.Flush();
        _offsetIndex.Flush();
        _timeIndex.Flush();
        _transactionIndex.Flush();
    }

    /// <summary>Its files, the log last.</summary>
    public IReadOnlyList<AppendFile> Files => [_offsetIndex, _timeIndex, _transactionIndex, _log];

    public void Delete()
    {
        Dispose();
        foreach (var file in Files)
            File.Delete(file.Path);
    }

    public void Dispose()
    {
        _log.Dispose();
        _offsetIndex.Dispose();
        _timeIndex.Dispose();
        _transactionIndex.Dispose();
    }

    private long Find(long from, long end, Func<BatchHeader, bool> sought)
    {
        const int ChunkSize = 4096;
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            var (chunk, length) = (from, 0);
            for (var position = from; position < end;)
            {
                if (position - chunk + BatchHeader.Size > length)
                    (chunk, length) = (position, _log.Read(position, buffer.AsSpan(0, ChunkSize)));
                if (!BatchHeader.TryRead(buffer.AsSpan((int)(position - chunk), (int)(length - (position - chunk))), out var header))
                    return end;
                if (sought(header))
                    return position;
                position += header.TotalSize;
            }

            return end;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // As Kafka does it: the entry names the last offset of the batch that crosses the interval, and that batch's position.
    private void Note(in BatchHeader header, long position, bool writeFiles)
    {
        FirstTimestamp ??= header.MaxTimestamp;
        if (header.MaxTimestamp > _maxTimestamp)
        {
            Volatile.Write(ref _maxTimestamp, header.MaxTimestamp);
            _offsetOfMaxTimestamp = header.LastOffset;
        }

        if (_bytesSinceIndexEntry > _indexInterval)
        {
            Index.Add(new SparseIndex.Entry(header.LastOffset, position, _maxTimestamp));
            if (writeFiles)
                WriteEntries(header.LastOffset, position);
            else
                _indexedTimestamp = _maxTimestamp;
            _bytesSinceIndexEntry = 0;
        }

        _bytesSinceIndexEntry += header.TotalSize;
    }

    private void WriteEntries(long offset, long position)
    {
        Span<byte> entry = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(entry, (int)(offset - BaseOffset));
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], (int)position);
        _offsetIndex.Append(entry);
        WriteTimeEntry();
    }

    private void WriteTimeEntry()
    {
        if (_maxTimestamp <= _indexedTimestamp || _maxTimestamp < 0)
            return;
        Span<byte> entry = stackalloc byte[12];
        BinaryPrimitives.WriteInt64BigEndian(entry, _maxTimestamp);
        BinaryPrimitives.WriteInt32BigEndian(entry[8..], (int)(_offsetOfMaxTimestamp - BaseOffset));
        _timeIndex.Append(entry);
        _indexedTimestamp = _maxTimestamp;
    }
}
