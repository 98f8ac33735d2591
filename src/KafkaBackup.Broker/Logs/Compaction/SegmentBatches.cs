using System.Buffers;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs.Compaction;

/// <summary>Reads the batches of a segment that nothing is appended to any more, one after the other.</summary>
internal static class SegmentBatches
{
    /// <summary>Each batch is valid until the next.</summary>
    /// <exception cref="InvalidBatchException">A batch's checksum does not match, or the segment ends inside one.</exception>
    public static IEnumerable<RecordBatch> ReadBatches(this LogSegment segment)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            for (var position = 0L; position < segment.Size;)
            {
                if (!segment.TryReadHeader(position, out var header))
                    throw new InvalidBatchException(segment.BaseOffset, $"the segment ends inside a batch header at position {position}");
                if (buffer.Length < header.TotalSize)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = ArrayPool<byte>.Shared.Rent(header.TotalSize);
                }

                var read = segment.Read(position, buffer.AsSpan(0, header.TotalSize));
                var batch = new RecordBatch(header, buffer.AsMemory(0, read));
                if (read < header.TotalSize || !batch.HasValidCrc)
                    throw new InvalidBatchException(header.BaseOffset, $"the checksum does not match at position {position}");
                yield return batch;
                position += header.TotalSize;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
