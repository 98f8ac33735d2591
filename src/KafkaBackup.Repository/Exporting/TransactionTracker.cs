using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Indexes;

namespace KafkaBackup.Repository.Exporting;

/// <summary>
/// Makes a partition's transaction indexes as a broker has them: an entry for each aborted transaction, beside the segment that its marker lies in. A consumer drops a
/// producer's batches from the first offset of such an entry to the next abort marker, so the closed ranges that the repository keeps, each of which may cover
/// several transactions, would not do.
/// </summary>
internal sealed class TransactionTracker
{
    private readonly Dictionary<long, long> aborted = [];
    private readonly Dictionary<long, long> undecided = [];
    private readonly List<(int Segment, AbortedRange Transaction)> entries = [];

    /// <summary>The first offset of each transaction that no marker below the cut decides: a broker that opens the log lets no read_committed consumer pass it.</summary>
    public IEnumerable<long> Undecided => undecided.Values.Order();

    /// <summary>Takes the next batch.</summary>
    /// <param name="segment">Which segment it lies in.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="isAborted">Whether it belongs to an aborted transaction.</param>
    public void Add(int segment, BatchHeader batch, bool isAborted)
    {
        if (!batch.IsTransactional || batch.RecordCount == 0)
            return;
        if (!batch.IsControl)
        {
            undecided.TryAdd(batch.ProducerId, batch.BaseOffset);
            if (isAborted)
                aborted.TryAdd(batch.ProducerId, batch.BaseOffset);
            return;
        }

        undecided.Remove(batch.ProducerId);
        if (aborted.Remove(batch.ProducerId, out var first))
            entries.Add((segment, new AbortedRange(batch.ProducerId, first, batch.LastOffset)));
    }

    /// <summary>The indexes, by segment; a transaction without a marker ends with the log.</summary>
    public ILookup<int, TransactionIndexEntry> Close(int lastSegment, long end)
    {
        var all = entries.Concat(aborted.OrderBy(open => open.Value).Select(open => (Segment: lastSegment, Transaction: new AbortedRange(open.Key, open.Value, end - 1)))).ToList();
        var index = TransactionIndex.Of(all.Select(entry => entry.Transaction));
        var segments = all.ToDictionary(entry => entry.Transaction, entry => entry.Segment);
        return index.Entries.ToLookup(entry => segments[new AbortedRange(entry.ProducerId, entry.First, entry.Last)]);
    }
}
