using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Logs;

/// <summary>A partition's log at one instant. Every byte that it speaks of is in the files.</summary>
/// <param name="Segments">In offset order; at least one.</param>
/// <param name="ActiveSize">Bytes of the last segment.</param>
/// <param name="Start">The log start offset.</param>
/// <param name="End">The log end offset, which is the high watermark.</param>
/// <param name="Stable">The last stable offset.</param>
internal sealed record LogView(LogSegment[] Segments, long ActiveSize, long Start, long End, long Stable)
{
    public long Bound(IsolationLevel isolation) => isolation == IsolationLevel.ReadCommitted ? Stable : End;

    public long SizeOf(int segment) => segment == Segments.Length - 1 ? ActiveSize : Segments[segment].Size;

    /// <summary>The first offset after a segment's.</summary>
    public long EndOf(int segment) => segment == Segments.Length - 1 ? End : Segments[segment + 1].BaseOffset;

    /// <summary>The segment that holds <paramref name="offset"/>, or would.</summary>
    public int SegmentOf(long offset)
    {
        var at = Array.FindLastIndex(Segments, s => s.BaseOffset <= offset);
        return Math.Max(at, 0);
    }
}
