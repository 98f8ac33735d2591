using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>A log's segments, in the order of their offsets; the last one is written to. Whoever calls holds the log's lock.</summary>
/// <param name="folder">The partition's folder.</param>
/// <param name="segments">At least one.</param>
/// <param name="now">Milliseconds since 1970.</param>
internal sealed class SegmentList(string folder, List<LogSegment> segments, long now)
{
    private LogSegment[]? _array;
    private long _activeSince = now;

    /// <summary>The one that is written to.</summary>
    public LogSegment Active => segments[^1];

    /// <summary>All of them, in an array that is the same until one comes or goes.</summary>
    public LogSegment[] All => _array ??= [.. segments];

    /// <summary>Whether a batch has to go into a new segment. A segment's age is counted on its batches' timestamps, and by the clock where its first one has none.</summary>
    public bool MustRoll(in BatchHeader header, LogSettings settings, long now) => Active.Size > 0
        && (Active.Size + header.TotalSize > settings.SegmentBytes
            || header.LastOffset - Active.BaseOffset > int.MaxValue
            || (Active.FirstTimestamp is >= 0 and var first ? header.MaxTimestamp - first : now - _activeSince) > settings.SegmentMs);

    /// <summary>Begins a new segment.</summary>
    public void Roll(long baseOffset, LogSettings settings, long now)
    {
        Active.Seal();
        var active = new LogSegment(folder, baseOffset, settings.IndexIntervalBytes);
        active.Create();
        segments.Add(active);
        (_array, _activeSince) = (null, now);
    }

    /// <summary>Takes out the first ones; their files are for the caller to delete.</summary>
    public IReadOnlyList<LogSegment> TakeFirst(int count)
    {
        var taken = segments[..count];
        segments.RemoveRange(0, count);
        _array = null;
        return taken;
    }

    /// <summary>How many lie wholly below an offset.</summary>
    public int CountBelow(long offset) => segments.FindLastIndex(segment => segment.BaseOffset <= offset);

    /// <summary>Puts one into the place of those that it was made from.</summary>
    public void Replace(IReadOnlyList<LogSegment> old, LogSegment one)
    {
        var at = segments.IndexOf(old[0]);
        segments.RemoveRange(at, old.Count);
        segments.Insert(at, one);
        _array = null;
    }
}
