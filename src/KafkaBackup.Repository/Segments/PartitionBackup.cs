namespace KafkaBackup.Repository.Segments;

/// <summary>What a run has added for a partition. Everything that it names is durable.</summary>
/// <param name="Partition">The partition's number.</param>
/// <param name="From">The first offset of the range.</param>
/// <param name="To">The cut: the offset after the last of the range.</param>
/// <param name="Segments">The segments, in order; none if no batch lies in the range.</param>
/// <param name="Batches">Their batches.</param>
/// <param name="Records">The record counts of their batches, control batches left out, aborted ones included.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="MaxTimestamp">The largest timestamp of these batches, in milliseconds; -1 for none.</param>
/// <param name="Digest">The SHA-256 over all batches' bytes in order; null if there is none.</param>
public sealed record PartitionBackup(
    int Partition,
    long From,
    long To,
    IReadOnlyList<SegmentReference> Segments,
    long Batches,
    long Records,
    long Bytes,
    long MaxTimestamp,
    string? Digest);
