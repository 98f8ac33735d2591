using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Kafka.Fetching;

/// <summary>What one fetch response brings of one partition: a pure function of its bytes, the position and the cut.</summary>
/// <param name="Accepted">The whole batches that hold offsets from the position on and end below the cut.</param>
/// <param name="Next">The position after them.</param>
/// <param name="End">Where the partition's range ends, once that is known.</param>
/// <param name="Aborted">The aborted ranges in what is accepted, closed.</param>
public readonly record struct ResponseScan(ReadOnlyMemory<byte> Accepted, long Next, long? End, IReadOnlyList<AbortedRange> Aborted)
{
    /// <summary>Scans the records of a response.</summary>
    /// <exception cref="InvalidBatchException">A batch's CRC is wrong, or it is no batch; of the first that is to be accepted. What does not check behind whole ones is left out.</exception>
    public static ResponseScan Of(ReadOnlyMemory<byte> records, IReadOnlyList<AbortedTransaction>? aborted, long position, long cut)
    {
        var rest = records;
        var (start, length, next, coverStart) = (-1, 0, position, position);
        long? end = null;
        List<(long ProducerId, long Offset)>? markers = null;
        while (TryTake(ref rest, start >= 0, out var batch))
        {
            var header = batch.Header;
            if (header.NextOffset <= next && start < 0)
                continue; // it ends below the position

            // Checked before its offsets are believed, also those that end the range. What came before it is whole: then this one is asked for again.
            if (!batch.HasValidCrc)
            {
                if (start >= 0)
                    break;
                throw new InvalidBatchException(header.BaseOffset, $"its {batch.CrcName} does not match its bytes");
            }

            if (header.BaseOffset < next && start >= 0)
                throw new InvalidBatchException(header.BaseOffset, $"it stands behind a batch that ends at offset {next - 1}");
            if (header.NextOffset > cut)
            {
                // The batch that reaches over the cut stays, whole, for the next epoch; so does all of what it holds below the cut.
                end = header.IsWrapper ? next : Math.Max(next, Math.Min(cut, header.BaseOffset));
                break;
            }

            if (start < 0)
                (start, coverStart) = (records.Length - rest.Length - batch.Bytes.Length, Math.Min(position, header.BaseOffset));
            if (header.IsControl && aborted is { Count: > 0 })
                (markers ??= []).Add((header.ProducerId, header.BaseOffset));
            length += header.TotalSize;
            next = header.NextOffset;
        }

        if (start < 0)
            return new ResponseScan(default, next, next >= cut ? cut : end, []);
        // What is accepted is one run: nothing is skipped after the first accepted batch, for offsets ascend.
        return new ResponseScan(records.Slice(start, length), next, next >= cut ? cut : end, Close(aborted, markers, coverStart, next));
    }

    // Bytes that make no sense behind whole batches are asked for again, as those are that do not check.
    private static bool TryTake(ref ReadOnlyMemory<byte> rest, bool isBehindWholeOnes, out RecordBatch batch)
    {
        try
        {
            return RecordBatch.TryTake(ref rest, out batch);
        }
        catch (InvalidBatchException) when (isBehindWholeOnes)
        {
            batch = default;
            return false;
        }
    }

    /// <summary>
    /// The response names an aborted transaction by producer and first offset, and it does so for this response only. Its end is the
    /// producer's next marker if that is here, else the end of what is here: a later response then names the pair again.
    /// </summary>
    private static List<AbortedRange> Close(
        IReadOnlyList<AbortedTransaction>? aborted, List<(long ProducerId, long Offset)>? markers, long coverStart, long next)
    {
        var ranges = new List<AbortedRange>();
        foreach (var transaction in aborted ?? [])
        {
            var last = next - 1;
            foreach (var (producerId, offset) in markers ?? [])
            {
                if (producerId != transaction.ProducerId || offset < transaction.FirstOffset)
                    continue;
                last = offset;
                break;
            }

            var first = Math.Max(transaction.FirstOffset, coverStart);
            if (first <= last)
                ranges.Add(new AbortedRange(transaction.ProducerId, first, last));
        }

        return ranges;
    }
}
