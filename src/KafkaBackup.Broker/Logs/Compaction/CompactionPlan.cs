namespace KafkaBackup.Broker.Logs.Compaction;

/// <summary>What a pass of compaction over a log takes in.</summary>
/// <param name="Groups">Segments that become one each, from the log's first on.</param>
/// <param name="Dirty">Those among them that no pass has taken in yet: their keys supersede.</param>
/// <param name="End">The first offset that is not taken in.</param>
internal sealed record CompactionPlan(IReadOnlyList<IReadOnlyList<LogSegment>> Groups, IReadOnlyList<LogSegment> Dirty, long End)
{
    /// <summary>
    /// The plan for a log; null: nothing is due. Never taken in are the segment that is written to, what reaches above the last stable offset, and what is younger
    /// than min.compaction.lag.ms. Source: LogCleanerManager of Kafka 2.4.
    /// </summary>
    public static CompactionPlan? Of(LogView view, LogSettings settings, long cleanedTo, long now)
    {
        var cleanup = settings.Cleanup;
        var count = 0;
        while (count < view.Segments.Length - 1 && view.EndOf(count) <= view.Stable && !IsTooYoung(view.Segments[count]))
            count++;
        var first = Enumerable.Range(0, count).FirstOrDefault(i => view.EndOf(i) > cleanedTo, count);
        var dirty = view.Segments[first..count];
        var (dirtyBytes, allBytes) = (dirty.Sum(segment => segment.Size), view.Segments[..count].Sum(segment => segment.Size));
        if (dirtyBytes == 0 || ((double)dirtyBytes / allBytes <= cleanup.MinDirtyRatio && !dirty.Any(IsOverdue)))
            return null;
        return new CompactionPlan(Group(view, count, settings.SegmentBytes), dirty, view.EndOf(count - 1));

        bool IsTooYoung(LogSegment segment) => cleanup.MinLagMs > 0 && segment.LargestTimestamp > now - cleanup.MinLagMs;

        bool IsOverdue(LogSegment segment) => segment.FirstTimestamp is >= 0 and var oldest && now - oldest > cleanup.MaxLagMs;
    }

    private static List<IReadOnlyList<LogSegment>> Group(LogView view, int count, int segmentBytes)
    {
        var groups = new List<IReadOnlyList<LogSegment>>();
        for (var i = 0; i < count;)
        {
            var (begin, bytes) = (i, view.Segments[i].Size);
            for (i++; i < count && bytes + view.Segments[i].Size <= segmentBytes && view.EndOf(i) - view.Segments[begin].BaseOffset <= int.MaxValue; i++)
                bytes += view.Segments[i].Size;
            groups.Add(view.Segments[begin..i]);
        }

        return groups;
    }
}
