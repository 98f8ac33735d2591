using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs.Compaction;

/// <summary>
/// Follows the transactions of a log from one batch to the next: which batches were aborted, and which markers nothing needs any more. Source:
/// CleanedTransactionMetadata of Kafka 2.4.
/// </summary>
/// <param name="aborted">The aborted transactions that reach into the batches that will be shown, in any order.</param>
internal sealed class CleanedTransactions(IEnumerable<AbortedRange> aborted)
{
    private readonly Queue<AbortedRange> _aborted = new(aborted.OrderBy(range => range.FirstOffset));
    private readonly Dictionary<long, AbortedRange> _ongoingAborted = [];
    private readonly HashSet<long> _withAbortedData = [];
    private readonly HashSet<long> _ongoingCommitted = [];

    /// <summary>Shows a batch of records; true: its transaction was aborted, so that nobody needs them.</summary>
    public bool IsAborted(in BatchHeader header)
    {
        Begin(header.LastOffset);
        if (!header.IsTransactional)
            return false;
        if (!_ongoingAborted.ContainsKey(header.ProducerId))
        {
            _ongoingCommitted.Add(header.ProducerId);
            return false;
        }

        _withAbortedData.Add(header.ProducerId);
        return true;
    }

    /// <summary>
    /// Shows a marker; true: no batch of its transaction is left, so that it may go one day. <paramref name="ended"/> is the aborted transaction that has still
    /// to be in the index.
    /// </summary>
    public bool IsLonely(in BatchHeader header, bool? committed, out AbortedRange? ended)
    {
        Begin(header.LastOffset);
        ended = null;
        if (committed is null)
            return false;
        if (committed.Value)
            return !_ongoingCommitted.Remove(header.ProducerId);
        if (_ongoingAborted.Remove(header.ProducerId, out var range) && _withAbortedData.Remove(header.ProducerId))
            ended = range;
        return ended is null;
    }

    private void Begin(long offset)
    {
        while (_aborted.TryPeek(out var next) && next.FirstOffset <= offset)
        {
            _ongoingAborted[next.ProducerId] = next;
            _aborted.Dequeue();
        }
    }
}
