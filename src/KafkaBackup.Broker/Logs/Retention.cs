namespace KafkaBackup.Broker.Logs;

/// <summary>
/// How many of a log's oldest segments retention.ms and retention.bytes have done with. Source: Log.deleteOldSegments of Kafka 2.4: whole segments only, from the
/// oldest on, and never one behind another that stays.
/// </summary>
internal static class Retention
{
    /// <param name="segments">All of the log's segments; the last one is written to.</param>
    /// <param name="settings">The topic's settings; without "delete" nothing ever goes.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static int CountExpired(IReadOnlyList<LogSegment> segments, CleanupSettings settings, long now) =>
        settings.Delete ? Math.Max(ByTime(segments, settings.RetentionMs, now), BySize(segments, settings.RetentionBytes)) : 0;

    private static int ByTime(IReadOnlyList<LogSegment> segments, long retention, long now) =>
        retention < 0 ? 0 : CountWhile(segments, segment => now - segment.LargestTimestamp > retention);

    // A segment goes where what is left without it is still as much as shall be kept.
    private static int BySize(IReadOnlyList<LogSegment> segments, long retention)
    {
        if (retention < 0)
            return 0;
        var surplus = segments.Sum(segment => segment.Size) - retention;
        return CountWhile(segments, segment => (surplus -= segment.Size) >= 0);
    }

    private static int CountWhile(IReadOnlyList<LogSegment> segments, Func<LogSegment, bool> isExpired)
    {
        var count = 0;
        while (count < segments.Count && !(count == segments.Count - 1 && segments[count].Size == 0) && isExpired(segments[count]))
            count++;
        return count;
    }
}
