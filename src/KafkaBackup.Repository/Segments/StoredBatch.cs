using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Segments;

/// <summary>A batch out of a repository. What of it belongs to the backup is for the segment to say: offsets in [from, to), none of its aborted
/// ranges.</summary>
/// <param name="Batch">The batch, whole; its bytes hold until the next one is read.</param>
/// <param name="Segment">The segment that it lies in.</param>
public readonly record struct StoredBatch(RecordBatch Batch, SegmentReference Segment)
{
    /// <summary>The batch's header.</summary>
    public BatchHeader Header => Batch.Header;
}
