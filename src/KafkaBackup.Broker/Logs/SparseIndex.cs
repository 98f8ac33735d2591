namespace KafkaBackup.Broker.Logs;

/// <summary>
/// Every so many bytes of a segment an entry, as in Kafka's own index: an offset that ends a batch, and the position of that batch.
/// It lives in memory, from one scan of the headers, and may be read while it grows.
/// </summary>
internal sealed class SparseIndex
{
    private readonly Lock _lock = new();
    private Entry[] _entries = [];
    private int _count;

    /// <param name="Offset">The last offset of the batch at <paramref name="Position"/>.</param>
    /// <param name="Position">Where that batch begins, in bytes from the segment's start.</param>
    /// <param name="MaxTimestamp">The largest timestamp up to and including that batch.</param>
    internal readonly record struct Entry(long Offset, long Position, long MaxTimestamp);

    public void Add(Entry entry)
    {
        lock (_lock)
        {
            if (_count == _entries.Length)
                Array.Resize(ref _entries, Math.Max(16, _count * 2));
            _entries[_count++] = entry;
        }
    }

    /// <summary>A position from which a scan forward meets the batch that holds <paramref name="offset"/>.</summary>
    public long PositionBefore(long offset) => Last(offset, static (e, sought) => e.Offset <= sought)?.Position ?? 0;

    /// <summary>A position from which a scan forward meets the first batch whose maximum timestamp is not below <paramref name="timestamp"/>.</summary>
    public long PositionBeforeTime(long timestamp) => Last(timestamp, static (e, sought) => e.MaxTimestamp < sought)?.Position ?? 0;

    /// <summary>The first entry's offset at or after <paramref name="position"/>; null if there is none.</summary>
    public long? OffsetFrom(long position)
    {
        lock (_lock)
        {
            var at = CountWhile(position, static (e, sought) => e.Position < sought);
            return at < _count ? _entries[at].Offset : null;
        }
    }

    private Entry? Last(long sought, Func<Entry, long, bool> belongs)
    {
        lock (_lock)
        {
            var count = CountWhile(sought, belongs);
            return count == 0 ? null : _entries[count - 1];
        }
    }

    private int CountWhile(long sought, Func<Entry, long, bool> belongs)
    {
        var (low, high) = (0, _count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (belongs(_entries[middle], sought))
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
