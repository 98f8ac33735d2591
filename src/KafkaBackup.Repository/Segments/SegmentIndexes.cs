using System.Buffers;
using System.Buffers.Binary;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Segments;

/// <summary>Makes a segment's offset and time index while its batches pass, as a broker does when it recovers a segment. Source: FORMAT.md,
/// "Indexes".</summary>
internal sealed class SegmentIndexes(long baseOffset, int intervalBytes)
{
    private readonly ArrayBufferWriter<byte> offsets = new();
    private readonly ArrayBufferWriter<byte> times = new();
    private long lastEntryPosition;
    private long largestTimestamp = -1;
    private long largestTimestampOffset;
    private long lastTimeEntry = -1;

    /// <summary>The largest timestamp of the batches so far, control batches left out; -1 for none.</summary>
    public long MaxTimestamp => largestTimestamp;

    /// <summary>The offset index so far.</summary>
    public ReadOnlyMemory<byte> OffsetIndex => offsets.WrittenMemory;

    /// <summary>The time index, complete after <see cref="Close"/>.</summary>
    public ReadOnlyMemory<byte> TimeIndex => times.WrittenMemory;

    /// <summary>Takes the next batch, which begins at <paramref name="position"/>.</summary>
    public void Add(in BatchHeader batch, long position)
    {
        // Control batches bear the broker's clock, not the data's.
        if (!batch.IsControl && batch.MaxTimestamp > largestTimestamp)
        {
            largestTimestamp = batch.MaxTimestamp;
            largestTimestampOffset = batch.LastOffset;
        }

        if (position - lastEntryPosition <= intervalBytes)
            return;
        var entry = offsets.GetSpan(Indexes.OffsetIndex.EntrySize);
        BinaryPrimitives.WriteInt32BigEndian(entry, checked((int)(batch.LastOffset - baseOffset)));
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], checked((int)position));
        offsets.Advance(Indexes.OffsetIndex.EntrySize);
        AddTime();
        lastEntryPosition = position;
    }

    /// <summary>Takes note of the segment's end.</summary>
    public void Close() => AddTime();

    private void AddTime()
    {
        if (largestTimestamp <= lastTimeEntry)
            return;
        var entry = times.GetSpan(Indexes.TimeIndex.EntrySize);
        BinaryPrimitives.WriteInt64BigEndian(entry, largestTimestamp);
        BinaryPrimitives.WriteInt32BigEndian(entry[8..], checked((int)(largestTimestampOffset - baseOffset)));
        times.Advance(Indexes.TimeIndex.EntrySize);
        lastTimeEntry = largestTimestamp;
    }
}
