using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Kafka.Producing;

/// <summary>A stored batch on its way to another cluster.</summary>
/// <param name="Batch">The batch; its memory is valid until the next one is asked for.</param>
/// <param name="From">Records below it are left behind.</param>
/// <param name="To">Records at it and above are left behind.</param>
/// <param name="Aborted">The ranges of aborted transactions that the batch may lie in.</param>
public readonly record struct SourceBatch(RecordBatch Batch, long From, long To, IReadOnlyList<AbortedRange> Aborted)
{
    /// <summary>Whether a consumer would see any of its records: markers, aborted data and emptied batches are never restored.</summary>
    public bool HoldsRecords()
    {
        var header = Batch.Header;
        if (header.IsControl || header.RecordCount == 0 || header.LastOffset < From || (header.BaseOffset >= To && !header.IsWrapper))
            return false;
        // By index: an enumerator of an interface would be an object for each batch, and a batch may be of one record.
        for (var i = 0; i < Aborted.Count; i++)
        {
            if (Aborted[i].Covers(header))
                return false;
        }

        return true;
    }
}
