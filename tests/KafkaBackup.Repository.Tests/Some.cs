using CsCheck;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Tests;

/// <summary>Things to test with. Batches have true headers and CRCs; their records are noise, as nothing here looks into them.</summary>
internal static class Some
{
    public static readonly PartitionPath Path = new("orders", "life-1", "run-1", 3);

    public static readonly SegmentPolicy SmallSegments = new(1000, 200);

    public static byte[] Batch(
        long baseOffset,
        int lastDelta = 0,
        int payload = 10,
        int? count = null,
        long maxTimestamp = 1000,
        long producerId = -1,
        BatchAttributes attributes = BatchAttributes.None,
        int leaderEpoch = 0)
    {
        var batch = new byte[BatchHeader.Size + payload];
        new Random((int)baseOffset).NextBytes(batch.AsSpan(BatchHeader.Size));
        new BatchHeader(
            baseOffset, batch.Length - BatchHeader.LengthOverhead, leaderEpoch, 0, attributes, lastDelta, maxTimestamp, maxTimestamp, producerId, 0, 0, count ?? lastDelta + 1)
            .Write(batch);
        BatchHeader.Seal(batch);
        return batch;
    }

    /// <summary>Batches with holes, of one or several records, some transactional, some control batches; timestamps go up and down.</summary>
    public static Gen<byte[][]> Batches(int most = 60, int largestPayload = 400) =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 5], Gen.Int[0, largestPayload], Gen.Long[-1, 5000], Gen.Int[0, 7])
            .Array[0, most]
            .Select(shapes =>
            {
                var next = 100L;
                return shapes.Select(shape =>
                {
                    var (hole, lastDelta, payload, timestamp, kind) = shape;
                    var batch = kind switch
                    {
                        0 => Batch(next + hole, 0, payload, 1, timestamp + 90_000, 7, BatchAttributes.Control | BatchAttributes.Transactional),
                        1 or 2 or 3 => Batch(next + hole, lastDelta, payload, null, timestamp, 6 + (kind & 1), BatchAttributes.Transactional),
                        4 => Batch(next + hole, lastDelta, payload, 0, -1, 8),
                        _ => Batch(next + hole, lastDelta, payload, null, timestamp),
                    };
                    next = Header(batch).NextOffset;
                    return batch;
                }).ToArray();
            });

    public static BatchHeader Header(byte[] batch) => BatchHeader.TryRead(batch, out var header) ? header : throw new InvalidOperationException();

    public static byte[] Join(params IEnumerable<byte[]> batches) => batches.SelectMany(batch => batch).ToArray();

    /// <summary>Ranges over offsets that <see cref="Batches"/> uses, of the producers that it uses and others.</summary>
    public static Gen<AbortedRange[]> Aborted() =>
        Gen.Select(Gen.Long[6, 8], Gen.Long[90, 400], Gen.Long[0, 30]).Select(r => new AbortedRange(r.Item1, r.Item2, r.Item2 + r.Item3)).Array[0, 8];
}
