using System.Buffers;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>A run of bytes of a segment that answers a fetch.</summary>
/// <param name="Segment">Null: nothing to read.</param>
/// <param name="Position">From here.</param>
/// <param name="Length">So many bytes; the last batch may be cut off.</param>
/// <param name="UpperBound">An offset that the bytes do not reach, for the choice of aborted transactions.</param>
/// <param name="SegmentIndex">The segment's place in the view.</param>
internal readonly record struct LogSlice(LogSegment? Segment, long Position, int Length, long UpperBound, int SegmentIndex);

/// <summary>Reading a log: where a fetch's bytes lie, which transactions in them were aborted, where a time is reached.</summary>
internal static class LogReads
{
    /// <summary>The bytes for a fetch from <paramref name="offset"/>: from one segment, at least the first batch if that is asked for.</summary>
    public static LogSlice Slice(this LogView view, long offset, IsolationLevel isolation, int maxBytes, bool firstBatchWhole)
    {
        var bound = view.Bound(isolation);
        if (offset >= bound)
            return default;
        for (var i = view.SegmentOf(offset); i < view.Segments.Length && view.Segments[i].BaseOffset < bound; i++)
        {
            var segment = view.Segments[i];
            var size = view.SizeOf(i);
            var end = bound < view.EndOf(i) ? segment.Find(bound, size) : size;
            var position = segment.Find(offset, end);
            if (position >= end)
                continue;
            if (!segment.TryReadHeader(position, out var first))
                return default;
            var wanted = first.TotalSize <= maxBytes ? maxBytes : firstBatchWhole ? first.TotalSize : 0;
            var length = (int)Math.Min(wanted, end - position);
            return length == 0
                ? default
                : new LogSlice(segment, position, length, segment.Index.OffsetFrom(position + length) ?? view.EndOf(i), i);
        }

        return default;
    }

    /// <summary>How many bytes a fetch could get, up to <paramref name="enough"/>.</summary>
    public static long Available(this LogView view, long offset, IsolationLevel isolation, long enough)
    {
        var bound = view.Bound(isolation);
        long available = 0;
        for (var i = view.SegmentOf(offset); i < view.Segments.Length && available < enough && offset < bound; i++)
        {
            var size = view.SizeOf(i);
            var end = bound < view.EndOf(i) ? view.Segments[i].Find(bound, size) : size;
            available += Math.Max(0, end - view.Segments[i].Find(offset, end));
        }

        return available;
    }

    /// <summary>The aborted transactions that a read_committed reader of the slice has to know of.</summary>
    public static List<AbortedTransaction> Aborted(this LogView view, long offset, LogSlice slice)
    {
        var aborted = new List<AbortedTransaction>();
        if (slice.Segment is null)
            return aborted;
        for (var i = slice.SegmentIndex; i < view.Segments.Length; i++)
        {
            foreach (var range in view.Segments[i].Aborted)
            {
                if (range.LastOffset >= offset && range.FirstOffset < slice.UpperBound)
                    aborted.Add(new AbortedTransaction { ProducerId = range.ProducerId, FirstOffset = range.FirstOffset });
                if (range.LastStableOffset >= slice.UpperBound)
                    return aborted;
            }
        }

        return aborted;
    }

    /// <summary>The first record, from the log start on, whose timestamp is not below <paramref name="timestamp"/>; null if there is none.</summary>
    public static (long Offset, long Timestamp)? FindTime(this LogView view, long timestamp)
    {
        using var buffer = new PooledBuffer(CompressionCodecs.DefaultLimit);
        for (var i = 0; i < view.Segments.Length; i++)
        {
            var segment = view.Segments[i];
            if (segment.MaxTimestamp < timestamp)
                continue;
            var end = view.SizeOf(i);
            for (var position = segment.FindTime(timestamp, end); position < end;)
            {
                if (!segment.TryReadHeader(position, out var header))
                    break;
                if (header.LastOffset >= view.Start && Search(segment, position, header, timestamp, view.Start, buffer) is { } found)
                    return found;
                position = segment.FindTime(timestamp, position + header.TotalSize, end);
            }
        }

        return null;
    }

    private static (long Offset, long Timestamp)? Search(
        LogSegment segment, long position, in BatchHeader header, long timestamp, long from, PooledBuffer buffer)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(header.TotalSize);
        try
        {
            segment.Read(position, bytes.AsSpan(0, header.TotalSize));
            var batch = new RecordBatch(header, bytes.AsMemory(0, header.TotalSize));
            if (header.Magic < BatchHeader.SupportedMagic)
            {
                // Messages of magic 0 have no time at all, so that none of them is met here.
                var message = batch.ReadRecords(buffer).FirstOrDefault(record => record.Timestamp >= timestamp && record.Offset >= from);
                return message is null ? null : (message.Offset, message.Timestamp);
            }

            var records = batch.Decompress(buffer).Span;
            for (var size = 1; !records.IsEmpty && size > 0; records = records[size..])
            {
                size = RawRecord.Read(records, out var record);
                var offset = header.BaseOffset + record.OffsetDelta;
                var time = header.TimestampOf(record.TimestampDelta);
                if (size > 0 && time >= timestamp && offset >= from)
                    return (offset, time);
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
