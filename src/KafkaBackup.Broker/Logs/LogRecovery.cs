using System.Buffers;
using KafkaBackup.Broker.Logs.Compaction;
using KafkaBackup.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Broker.Logs;

/// <summary>What a partition's folder held.</summary>
/// <param name="Segments">At least one.</param>
/// <param name="Epochs">The leader epochs.</param>
/// <param name="Producers">The producers.</param>
/// <param name="End">The first offset after the last batch.</param>
internal sealed record RecoveredLog(List<LogSegment> Segments, LeaderEpochs Epochs, ProducerStates Producers, long End);

/// <summary>
/// Opens a partition's folder, one that a real broker wrote among them: a scan of the batch headers gives the index, the producers and
/// the open transactions. A last segment that ends in a torn batch is cut there.
/// </summary>
internal static partial class LogRecovery
{
    private const int HeaderChunk = 4096;

    /// <param name="folder">The partition's folder; it is made if there is none.</param>
    /// <param name="indexInterval">index.interval.bytes.</param>
    /// <param name="checkTail">Whether the last segment's CRCs are checked: not after a clean stop.</param>
    /// <param name="start">The log start offset, where the log begins if it is empty.</param>
    /// <param name="logger">Is told what was cut off.</param>
    /// <exception cref="InvalidBatchException">A batch before the last segment is damaged, or the log is of an old message format.</exception>
    public static RecoveredLog Open(string folder, int indexInterval, bool checkTail, long start, ILogger logger)
    {
        Directory.CreateDirectory(folder);
        SegmentSwap.Recover(folder);
        var epochs = new LeaderEpochs(folder);
        var producers = new ProducerStates();
        var segments = Directory.GetFiles(folder, "*.log")
            .Select(path => long.TryParse(Path.GetFileNameWithoutExtension(path), out var offset) ? offset : -1)
            .Where(offset => offset >= 0)
            .Order()
            .Select(offset => new LogSegment(folder, offset, indexInterval))
            .ToList();
        if (segments.Count == 0)
        {
            segments.Add(new LogSegment(folder, start, indexInterval));
            segments[0].Create();
        }

        var end = segments[0].BaseOffset;
        for (var i = 0; i < segments.Count; i++)
            end = Math.Max(Scan(segments[i], isLast: i == segments.Count - 1, checkTail, epochs, producers, logger) ?? end, segments[i].BaseOffset);
        if (!epochs.FromFile)
            epochs.Save();
        return new RecoveredLog(segments, epochs, producers, end);
    }

    private static long? Scan(LogSegment segment, bool isLast, bool checkTail, LeaderEpochs epochs, ProducerStates producers, ILogger logger)
    {
        long? end = null;
        var aborted = new List<AbortedRange>();
        var valid = ValidEnd(segment, isLast, checkTail);
        var cut = valid < segment.Size;
        if (cut)
        {
            LogCut(logger, segment.BaseOffset, segment.Size - valid, valid);
            segment.Truncate(valid);
        }

        var rewrite = cut || segment.LacksIndexes;
        if (rewrite)
            segment.ClearIndexes();
        foreach (var (header, position) in Headers(segment))
        {
            segment.Found(header, position, rewrite);
            if (!epochs.FromFile)
                epochs.Note(header.PartitionLeaderEpoch, header.BaseOffset, save: false);
            if (!header.IsControl)
                producers.Add(header);
            else if (ReadOutcome(segment, header, position) is { } committed && producers.AddMarker(header, committed) is { } range)
                aborted.Add(range);
            end = header.NextOffset;
        }

        segment.SettleAborted(aborted, trustFile: !cut);
        return end;
    }

    // The last segment is read whole where the broker may have been killed while it wrote; of the others the headers have to do.
    private static long ValidEnd(LogSegment segment, bool isLast, bool checkTail)
    {
        if (!isLast)
            return segment.Size;
        var position = 0L;
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            while (segment.TryReadHeader(position, out var header) && position + header.TotalSize <= segment.Size)
            {
                if (checkTail)
                {
                    if (buffer.Length < header.TotalSize)
                    {
                        ArrayPool<byte>.Shared.Return(buffer);
                        buffer = ArrayPool<byte>.Shared.Rent(header.TotalSize);
                    }

                    var read = segment.Read(position, buffer.AsSpan(0, header.TotalSize));
                    if (!new RecordBatch(header, buffer.AsMemory(0, read)).HasValidCrc)
                        break;
                }

                position += header.TotalSize;
            }

            return position;
        }
        catch (InvalidBatchException) when (position > 0)
        {
            return position;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static IEnumerable<(BatchHeader Header, long Position)> Headers(LogSegment segment)
    {
        var buffer = new byte[HeaderChunk];
        var (chunk, length) = (0L, 0);
        for (var position = 0L; position < segment.Size;)
        {
            if (position - chunk + BatchHeader.Size > length)
                (chunk, length) = (position, segment.Read(position, buffer));
            if (!BatchHeader.TryRead(buffer.AsSpan((int)(position - chunk), (int)(length - (position - chunk))), out var header))
                throw new InvalidBatchException(segment.BaseOffset, $"the segment ends inside a batch header at position {position}");
            yield return (header, position);
            position += header.TotalSize;
        }
    }

    private static bool? ReadOutcome(LogSegment segment, in BatchHeader header, long position)
    {
        if (header.RecordCount == 0)
            return null;
        Span<byte> batch = stackalloc byte[TransactionMarker.Size + 32];
        return TransactionMarker.ReadOutcome(batch[..segment.Read(position, batch)]);
    }

    [LoggerMessage(1, LogLevel.Warning, "Segment {BaseOffset}: cut {Bytes} bytes of a torn batch at position {Position}")]
    private static partial void LogCut(ILogger logger, long baseOffset, long bytes, long position);
}
