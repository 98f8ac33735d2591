using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Reading;

/// <summary>Tells the batches of a segment that no consumer gets: markers, and data of aborted transactions.</summary>
internal sealed class AbortedLookup(IReadOnlyList<AbortedRange> aborted)
{
    private readonly ILookup<long, AbortedRange> byProducer = aborted.ToLookup(range => range.ProducerId);

    public bool IsVisible(BatchHeader batch) => !batch.IsControl && !IsAborted(batch);

    public bool IsAborted(BatchHeader batch) => batch.IsTransactional && byProducer[batch.ProducerId].Any(range => range.Covers(batch));
}
