namespace KafkaBackup.Repository.Segments;

/// <summary>
/// Offsets at which a producer's transactional records were aborted: whoever reads drops that producer's transactional batches there.
/// Closed, so that it holds without the transaction's marker.
/// </summary>
/// <param name="ProducerId">The producer.</param>
/// <param name="First">The first offset.</param>
/// <param name="Last">The last offset, included.</param>
public readonly record struct AbortedRange(long ProducerId, long First, long Last);
