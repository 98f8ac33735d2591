using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs.Compaction;

/// <summary>
/// Compacts a log: of each key the latest record stays, under its offset; what aborted transactions wrote goes. It reads and writes whole segments beside the log,
/// which is read and written on meanwhile.
/// </summary>
internal static class LogCompactor
{
    /// <summary>Makes a pass, if the log's topic is compacted and one is due; false: none was.</summary>
    /// <exception cref="InvalidBatchException">The log is damaged; it stays as it is.</exception>
    /// <exception cref="ObjectDisposedException">The log was closed meanwhile.</exception>
    public static bool Compact(PartitionLog log)
    {
        lock (log.Cleaning)
        {
            ObjectDisposedException.ThrowIf(log.IsDisposed, log);
            var (view, settings) = (log.View, log.Settings);
            if (!settings.Cleanup.Compact || CompactionPlan.Of(view, settings, log.CleanedTo, log.Now) is not { } plan)
                return false;
            foreach (var (old, cleaned) in Clean(log, view, plan))
                log.Replace(old, cleaned);
            log.CleanedTo = plan.End;
            return true;
        }
    }

    /// <summary>Writes what is left of each of a plan's groups into a segment beside it.</summary>
    internal static IEnumerable<(IReadOnlyList<LogSegment> Old, LogSegment Cleaned)> Clean(PartitionLog log, LogView view, CompactionPlan plan)
    {
        List<AbortedRange> aborted = [.. view.Segments.SelectMany(segment => segment.Aborted)];
        // Later than the view: a producer that has appended since has its newest batch above what is taken in, and there it is safe.
        var producers = log.ProducerTails();
        var settings = log.Settings;
        var latest = Latest(plan.Dirty, aborted);
        using var filter = new BatchFilter(latest, new CleanedTransactions(aborted), producers, log.Now, settings.Cleanup.DeleteRetentionMs);
        foreach (var group in plan.Groups)
            yield return (group, Clean(log, group, filter, settings.IndexIntervalBytes));
    }

    private static LatestOffsets Latest(IReadOnlyList<LogSegment> segments, IReadOnlyList<AbortedRange> aborted)
    {
        var latest = new LatestOffsets();
        var transactions = new CleanedTransactions(aborted);
        using var buffer = new PooledBuffer(CompressionCodecs.DefaultLimit);
        foreach (var batch in segments.SelectMany(SegmentBatches.ReadBatches))
        {
            if (batch.Header.IsControl)
                transactions.IsLonely(batch.Header, TransactionMarker.ReadOutcome(batch.Bytes.Span), out _);
            else if (!transactions.IsAborted(batch.Header))
                Add(batch, latest, buffer);
        }

        return latest;
    }

    private static void Add(RecordBatch batch, LatestOffsets latest, PooledBuffer buffer)
    {
        if (batch.Header.Magic < BatchHeader.SupportedMagic)
        {
            foreach (var record in batch.ReadRecords(buffer))
            {
                if (record.Key is { } legacyKey)
                    latest.Add(legacyKey.Span, record.Offset);
            }

            return;
        }

        if (batch.Header.RecordCount == 0)
            return;
        var records = batch.Decompress(buffer).Span;
        while (RawRecord.Read(records, out var record) is > 0 and var size)
        {
            if (RecordFields.TryReadKey(record.Body, out var key))
                latest.Add(key, batch.Header.BaseOffset + record.OffsetDelta);
            records = records[size..];
        }
    }

    private static LogSegment Clean(PartitionLog log, IReadOnlyList<LogSegment> group, BatchFilter filter, int indexInterval)
    {
        var cleaned = new LogSegment(log.Folder, group[0].BaseOffset, indexInterval, SegmentSwap.Cleaned);
        try
        {
            cleaned.Create();
            foreach (var batch in group.SelectMany(SegmentBatches.ReadBatches))
            {
                ObjectDisposedException.ThrowIf(log.IsDisposed, log);
                var left = filter.Filter(batch).Span;
                if (BatchHeader.TryRead(left, out var header))
                    cleaned.Append(left, header);
                foreach (var range in filter.Aborted)
                    cleaned.AppendAborted(range);
                filter.Aborted.Clear();
            }

            cleaned.Seal();
            cleaned.Flush();
            return cleaned;
        }
        catch
        {
            cleaned.Delete();
            throw;
        }
    }
}
