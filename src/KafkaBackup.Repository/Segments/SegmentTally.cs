using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Segments;

/// <summary>What is counted of one segment while its batches pass, and the rule for its end.</summary>
internal sealed class SegmentTally(long baseOffset, long from, SegmentPolicy policy)
{
    public long Base { get; } = baseOffset;

    public long From { get; } = from;

    public long Length { get; private set; }

    public long NextOffset { get; private set; } = from;

    public long Batches { get; private set; }

    public int LargestBatch { get; private set; }

    public long Records { get; private set; }

    public SegmentIndexes Indexes { get; } = new(baseOffset, policy.IndexIntervalBytes);

    /// <summary>Whether the segment ends before this batch. Source: FORMAT.md, "Rolling".</summary>
    public bool EndsBefore(in BatchHeader batch) =>
        Length > 0 && (Length + batch.TotalSize > policy.SegmentBytes || batch.LastOffset - Base > int.MaxValue);

    public void Add(in BatchHeader batch)
    {
        Indexes.Add(batch, Length);
        Length += batch.TotalSize;
        NextOffset = batch.NextOffset;
        Batches++;
        LargestBatch = Math.Max(LargestBatch, batch.TotalSize);
        if (!batch.IsControl)
            Records += batch.RecordCount;
    }

    /// <summary>Ends the segment. It covers what its batches do; the one who knows the cut says so if it is the last.</summary>
    public SegmentReference Close(int partition, string name, string sha256, IReadOnlyList<AbortedRange> aborted)
    {
        Indexes.Close();
        return new SegmentReference(
            partition, name, 0, Length, sha256, Base, From, NextOffset, Batches, LargestBatch, Records, Indexes.MaxTimestamp, policy.IndexIntervalBytes, aborted);
    }
}
