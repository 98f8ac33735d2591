namespace KafkaBackup.Protocol.Records;

/// <summary>
/// Offsets between which every transactional batch of one producer belongs to an aborted transaction: resolved, closed, and so true of
/// the stored bytes for ever, whatever later becomes of the markers.
/// </summary>
/// <param name="ProducerId">Whose batches.</param>
/// <param name="First">The first offset, included.</param>
/// <param name="Last">The last offset, included.</param>
public readonly record struct AbortedRange(long ProducerId, long First, long Last)
{
    /// <summary>Whether the batch is aborted data. A batch is of one transaction whole, so one that a range's end cuts is covered.</summary>
    public bool Covers(in BatchHeader batch) =>
        batch.IsTransactional && !batch.IsControl && batch.ProducerId == ProducerId && batch.LastOffset >= First && batch.BaseOffset <= Last;
}
