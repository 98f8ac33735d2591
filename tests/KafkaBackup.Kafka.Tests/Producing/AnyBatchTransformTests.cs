using CsCheck;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using Xunit;
using Record = KafkaBackup.Protocol.Records.Record;

namespace KafkaBackup.Kafka.Tests.Producing;

/// <summary>What holds for whatever is restored, in whatever batches it was stored.</summary>
public sealed class AnyBatchTransformTests
{
    [Fact]
    public void What_does_not_compress_still_fits_when_it_is_split() =>
        Gen.Select(Gen.Enum<CompressionType>(), Gen.Int[1_024, 60_000], Gen.Int[0, 1 << 30]).Sample((codec, limit, seed) =>
        {
            var random = new Random(seed);
            var records = Enumerable.Range(0, 200).Select(i =>
            {
                var value = new byte[random.Next(1, 600)];
                random.NextBytes(value);
                return new Record(i * 2, random.NextInt64(), null, value, []);
            }).ToList();
            var sent = Transformed.Of(new TransformPolicy(limit), [Some.Batch(0, records, codec)]);
            Assert.All(sent.Batches, b => Assert.InRange(b.Length, 1, limit));
            Assert.Equal(200, sent.Records.Count);
        }, iter: 100);

    [Fact]
    public void No_record_is_changed_whatever_batches_it_came_in() =>
        Gen.Select(AnyLog, AnyPolicy).Sample((log, policy) =>
        {
            var sent = Transformed.Of(policy, log.Select(l => l.Bytes));
            Assert.Equal(log.SelectMany(l => l.Records).Select(r => Some.Describe(r.Record)), sent.Records.Select(Some.Describe));
            Assert.All(sent.Headers, h => Assert.True(h.IsDense && h.TimestampType == TimestampType.CreateTime && !h.HasDeleteHorizon));
            Assert.All(sent.Batches.Select(b => Some.Take(b)), b => Assert.True(b.HasValidCrc));

            // The n-th record gets start + n.
            var n = 1_000L;
            foreach (var (source, _) in log.SelectMany(l => l.Records))
                Assert.Equal(n++, sent.Map.Translate(source));
            Assert.Equal(n, sent.Map.TargetEnd);
        }, iter: 1_000);

    [Fact]
    public void The_same_batches_are_cut_the_same_way_every_time() =>
        Gen.Select(AnyLog, AnyPolicy).Sample((log, policy) =>
        {
            using var transformer = new BatchTransformer(policy);
            var output = new List<OutgoingBatch>();
            var sizes = new List<byte[]>();
            foreach (var (bytes, _) in log)
            {
                transformer.Push(new SourceBatch(Some.Take(bytes), 0, long.MaxValue, []), output);
                // Whoever takes what is ready at once gets the same as who takes it at the end.
                sizes.AddRange(output.Select(o => o.Bytes.Memory.ToArray()));
                output.ForEach(o => o.Dispose());
                output.Clear();
            }

            transformer.Flush(output);
            sizes.AddRange(output.Select(o => o.Bytes.Memory.ToArray()));
            Assert.Equal(Transformed.Of(policy, log.Select(l => l.Bytes)).Batches, sizes);
        }, iter: 300);

    private static readonly Gen<TransformPolicy> AnyPolicy =
        Gen.Select(Gen.Int[8_192, 20_000], Gen.Int[0, 3_000], Gen.Int[500, 20_000]).Select((max, below, to) => new TransformPolicy(max, below, to));

    private static readonly Gen<byte[]?> Blob = Gen.Frequency((1, Gen.Const((byte[]?)null)), (1, Gen.Const<byte[]?>([])), (4, Gen.Byte.Array[0, 300]!));

    private static readonly Gen<Record> AnyRecord = Gen.Select(
        Gen.Frequency((3, Gen.Long[1_577_836_800_000, 1_577_836_900_000]), (1, Gen.Long[-1, 0]), (1, Gen.Long)), Blob, Blob, Gen.Select(Gen.Int[0, 2], Blob).Array[0, 4])
        .Select((time, key, value, headers) => new Record(0, time, Memory(key), Memory(value), [.. headers.Select(h => new RecordHeader(new string('h', h.Item1), Memory(h.Item2)))]));

    private static readonly Gen<(byte[] Bytes, (long Source, Record Record)[] Records)[]> AnyLog =
        Gen.Select(Gen.Select(AnyRecord, Gen.Frequency((6, Gen.Const(0)), (1, Gen.Int[1, 9]))).Array[1, 12], Gen.Enum<CompressionType>(), Gen.Int[0, 5], Gen.Int[0, 5])
            .Array[1, 12].Select(batches =>
            {
                long next = 0;
                return batches.Select(b =>
                {
                    var (steps, codec, before, after) = b;
                    var (baseOffset, delta) = (next + before, -1);
                    var records = steps.Select(s => s.Item1 with { Offset = delta += 1 + s.Item2 }).ToArray();
                    next = baseOffset + delta + 1 + after;
                    return (
                        Some.Batch(baseOffset, records, codec, lastOffsetDelta: delta + after),
                        records.Select(r => (baseOffset + r.Offset, r)).ToArray());
                }).ToArray();
            });

    private static ReadOnlyMemory<byte>? Memory(byte[]? bytes) => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes;
}
