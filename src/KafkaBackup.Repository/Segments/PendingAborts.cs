using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Segments;

/// <summary>The aborted ranges that reach into the segment being written or beyond it.</summary>
internal sealed class PendingAborts
{
    private const int Slack = 64;

    private List<AbortedRange> ranges = [];
    private int normalCount;

    public void Add(IReadOnlyList<AbortedRange> more)
    {
        ranges.AddRange(more);
        // Each fetch names again what goes on: without this the list would grow with the fetches instead of with the transactions.
        if (ranges.Count > (2 * normalCount) + Slack)
            Normalise();
    }

    /// <summary>Takes the ranges of a segment's batches, and forgets what later segments don't need.</summary>
    public IReadOnlyList<AbortedRange> Take(long from, long to)
    {
        if (ranges.Count == 0)
            return [];
        Normalise();
        var taken = AbortedRanges.Clip(ranges, from, to);
        ranges.RemoveAll(range => range.Last < to);
        normalCount = ranges.Count;
        return taken;
    }

    private void Normalise()
    {
        ranges = [.. AbortedRanges.Normalise(ranges)];
        normalCount = ranges.Count;
    }
}
