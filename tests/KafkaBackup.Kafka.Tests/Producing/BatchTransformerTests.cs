using CsCheck;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using Xunit;
using Record = KafkaBackup.Protocol.Records.Record;

namespace KafkaBackup.Kafka.Tests.Producing;

/// <summary>Which stored batches go as they lie, which are written anew, and that no record is changed by it.</summary>
public sealed class BatchTransformerTests
{
    private static readonly TransformPolicy Policy = new(MaxBatchBytes: 1 << 20);

    /// <summary>A policy under which nothing is too small to go as it lies.</summary>
    private static readonly TransformPolicy Verbatim = new(MaxBatchBytes: 1 << 20, CoalesceBelow: 0);

    [Fact]
    public void A_large_dense_batch_goes_as_it_lies()
    {
        foreach (var codec in Enum.GetValues<CompressionType>())
        {
            var stored = Some.Batch(100, 50, codec, BatchAttributes.Transactional, producerId: 7, valueSize: 2_000);
            var sent = Transformed.Of(Verbatim, [stored]);
            Assert.Equal(stored, Assert.Single(sent.Batches));
            Assert.Equal([(100, 50)], sent.Runs);
        }
    }

    [Fact]
    public void Whether_a_batch_is_large_is_a_matter_of_its_stored_bytes()
    {
        var stored = Some.Batch(100, 3);
        Assert.Equal(stored, Transformed.Of(Verbatim with { CoalesceBelow = stored.Length }, [stored]).Batches.Single());
        Assert.NotEqual(stored, Transformed.Of(Verbatim with { CoalesceBelow = stored.Length + 1 }, [stored]).Batches.Single());
    }

    [Fact]
    public void A_batch_with_holes_is_written_anew_without_them()
    {
        var stored = Some.Batch(10, [new Record(1, 5, null, new byte[] { 1 }, []), new Record(4, 6, null, new byte[] { 2 }, [])], CompressionType.Gzip, lastOffsetDelta: 9);
        var sent = Transformed.Of(Verbatim, [stored]);
        var header = Assert.Single(sent.Headers);
        Assert.Equal((0, 1, 2, true, CompressionType.Gzip), (header.BaseOffset, header.LastOffsetDelta, header.RecordCount, header.IsDense, header.Compression));
        Assert.Equal([(11, 1), (14, 1)], sent.Runs);
        Assert.Equal((1_000, 1_001, 1_001, 1_002), (sent.Map.Translate(11), sent.Map.Translate(12), sent.Map.Translate(14), sent.Map.Translate(15)));
    }

    [Fact]
    public void A_batch_without_its_tail_is_written_anew()
    {
        var sent = Transformed.Of(Verbatim, [Some.Batch(0, [new Record(0, 5, null, null, [])], lastOffsetDelta: 3)]);
        Assert.Equal(0, Assert.Single(sent.Headers).LastOffsetDelta);
    }

    [Theory]
    [InlineData(12, 100, 12, 8)]
    [InlineData(0, 15, 10, 5)]
    [InlineData(12, 15, 12, 3)]
    [InlineData(19, 20, 19, 1)]
    [InlineData(0, 19, 10, 9)]
    [InlineData(11, 100, 11, 9)]
    public void A_batch_is_clipped_to_the_range(long from, long to, long first, int count)
    {
        var sent = Transformed.Of(Verbatim, [Some.Batch(10, 10)], from, to);
        Assert.Equal([(first, count)], sent.Runs);
        Assert.Equal(Enumerable.Range(0, count).Select(i => Some.Text(Some.Value(first + i, 8))), sent.Records.Select(r => Some.Text(r.Value)));
        Assert.Equal(count, Assert.Single(sent.Headers).RecordCount);
    }

    [Theory]
    [InlineData(20, 100)]
    [InlineData(0, 10)]
    public void A_batch_outside_of_the_range_is_left_behind(long from, long to) => Assert.Empty(Transformed.Of(Verbatim, [Some.Batch(10, 10)], from, to).Batches);

    [Fact]
    public void A_range_that_a_batch_just_fills_does_not_clip_it()
    {
        var stored = Some.Batch(10, 10);
        Assert.Equal(stored, Transformed.Of(Verbatim, [stored], 10, 20).Batches.Single());
    }

    [Fact]
    public void What_clipping_leaves_nothing_of_in_a_batch_with_holes_is_nothing() =>
        Assert.Empty(Transformed.Of(Verbatim, [Some.Batch(10, [new Record(0, 5, null, null, []), new Record(9, 5, null, null, [])])], 11, 19).Batches);

    [Fact]
    public void Broker_timestamps_become_the_producers_with_the_time_that_consumers_saw()
    {
        var stored = Some.With(Some.Batch(0, 3), h => h with { Attributes = h.Attributes | BatchAttributes.LogAppendTime, MaxTimestamp = 777 });
        var sent = Transformed.Of(Verbatim, [stored]);
        var header = Assert.Single(sent.Headers);
        Assert.Equal((TimestampType.CreateTime, 777, 777), (header.TimestampType, header.BaseTimestamp, header.MaxTimestamp));
        Assert.Equal([777, 777, 777], sent.Records.Select(r => r.Timestamp));
        Assert.Equal(3, sent.BrokerTimestamps);
        Assert.Equal(0, Transformed.Of(Verbatim, [Some.Batch(0, [new Record(0, 1, null, null, [])], lastOffsetDelta: 2)]).BrokerTimestamps);
    }

    [Fact]
    public void A_delete_horizon_is_taken_out_and_every_timestamp_stays()
    {
        // The base timestamp is the horizon then, and the records' are relative to it all the same.
        using var builder = new RecordBatchBuilder { BaseTimestamp = 9_000_000 };
        builder.Add(1_000, null, new byte[] { 1 }, []);
        builder.Add(2_000, null, new byte[] { 2 }, []);
        var stored = builder.Build(Some.Template with { Attributes = BatchAttributes.DeleteHorizon }).ToArray();
        var sent = Transformed.Of(Verbatim, [stored]);
        var header = Assert.Single(sent.Headers);
        Assert.Equal((false, 1_000, 2_000), (header.HasDeleteHorizon, header.BaseTimestamp, header.MaxTimestamp));
        Assert.Equal([1_000, 2_000], sent.Records.Select(r => r.Timestamp));
    }

    [Fact]
    public void Markers_emptied_batches_and_aborted_data_are_left_behind()
    {
        var emptied = Some.Batch(20, [], lastOffsetDelta: 4);
        byte[][] stored =
        [
            Some.Batch(0, 2, attributes: BatchAttributes.Transactional, producerId: 7), // aborted
            Some.Batch(2, 2, attributes: BatchAttributes.Transactional, producerId: 8),
            Some.Marker(4, 7, commit: false),
            Some.Batch(5, 2, attributes: BatchAttributes.Transactional, producerId: 7),
            Some.Marker(7, 7, commit: true),
            Some.Marker(8, 8, commit: true),
            emptied,
            Some.Batch(30, 1, producerId: 7), // idempotent, not in the transaction
        ];
        var sent = Transformed.Of(Policy, stored, aborted: [new AbortedRange(7, 0, 4), new AbortedRange(7, 30, 30)]);
        Assert.Equal([(2, 2), (5, 2), (30, 1)], sent.Runs);
    }

    [Fact]
    public void An_emptied_batch_is_nothing_whatever_codec_it_names()
    {
        foreach (var codec in Enum.GetValues<CompressionType>())
        {
            var emptied = Some.With(Some.Batch(1, [], lastOffsetDelta: 3), h => h with { Attributes = (BatchAttributes)codec });
            Assert.Equal(BatchHeader.Size, emptied.Length);
            Assert.Equal(2, Assert.Single(Transformed.Of(Policy, [Some.Batch(0), emptied, Some.Batch(5)]).Headers).RecordCount);
        }
    }

    [Fact]
    public void Small_batches_are_put_together()
    {
        var sent = Transformed.Of(Policy, Enumerable.Range(0, 1_000).Select(i => Some.Batch(i)));
        var header = Assert.Single(sent.Headers);
        Assert.Equal((1_000, 999, 0), (header.RecordCount, header.LastOffsetDelta, header.BaseOffset));
        Assert.Equal([(0, 1_000)], sent.Runs);
    }

    [Fact]
    public void Small_batches_are_put_together_up_to_a_size()
    {
        var policy = Policy with { CoalesceTo = 10_000 };
        var sent = Transformed.Of(policy, Enumerable.Range(0, 100).Select(i => Some.Batch(i, valueSize: 985)));
        Assert.Equal(10, sent.Batches.Count);
        Assert.All(sent.Batches, b => Assert.InRange(b.Length - BatchHeader.Size, 9_000, 10_000));
    }

    [Fact]
    public void Only_batches_of_one_codec_are_put_together()
    {
        byte[][] stored = [Some.Batch(0, 1, CompressionType.Gzip), Some.Batch(1, 1, CompressionType.Gzip), Some.Batch(2, 1), Some.Batch(3, 1, CompressionType.Gzip)];
        var sent = Transformed.Of(Policy, stored);
        Assert.Equal(
            [(CompressionType.Gzip, 2), (CompressionType.None, 1), (CompressionType.Gzip, 1)],
            sent.Headers.Select(h => (h.Compression, h.RecordCount)));
    }

    [Fact]
    public void A_batch_that_goes_as_it_lies_does_not_overtake_what_was_held_back()
    {
        var large = Some.Batch(2, 1, valueSize: 40_000);
        var sent = Transformed.Of(Policy, [Some.Batch(0), Some.Batch(1), large, Some.Batch(3)]);
        Assert.Equal([2, 1, 1], sent.Headers.Select(h => h.RecordCount));
        Assert.Equal(large, sent.Batches[1]);
        Assert.Equal([0L, 1, 2, 3], sent.Records.Select(r => BitConverter.ToInt64(r.Value!.Value.Span)));
    }

    [Fact]
    public void A_batch_that_is_larger_than_the_target_accepts_is_split()
    {
        var stored = Some.Batch(0, 100, valueSize: 1_000);
        var sent = Transformed.Of(new TransformPolicy(MaxBatchBytes: 20_000, CoalesceBelow: 0), [stored]);
        Assert.InRange(sent.Batches.Count, 6, 8);
        Assert.All(sent.Batches, b => Assert.InRange(b.Length, 1, 20_000));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), sent.Records.Select(r => BitConverter.ToInt64(r.Value!.Value.Span)));
    }

    [Fact]
    public void A_batch_of_just_the_size_that_the_target_accepts_goes_as_it_lies()
    {
        var stored = Some.Batch(0, 10, valueSize: 1_000);
        Assert.Equal(stored, Transformed.Of(new TransformPolicy(stored.Length, CoalesceBelow: 0), [stored]).Batches.Single());
        Assert.Equal(2, Transformed.Of(new TransformPolicy(stored.Length - 1, CoalesceBelow: 0), [stored]).Batches.Count);
    }

    [Fact]
    public void A_record_that_does_not_fit_is_named_with_the_limit()
    {
        var refusal = Assert.Throws<RecordTooLargeException>(() => Transformed.Of(
            new TransformPolicy(MaxBatchBytes: 2_000), [Some.Batch(6, 1), Some.Batch(7, [new Record(0, 0, null, Noise(5_000), [])])]));
        Assert.Contains("source offset 7", refusal.Message);
        Assert.Contains("2000", refusal.Message);
        Assert.Contains("max.message.bytes", refusal.Message);
        Assert.False(refusal.IsTransient);
    }

    [Fact]
    public void A_large_record_that_compresses_under_the_limit_goes_alone()
    {
        var sent = Transformed.Of(
            new TransformPolicy(MaxBatchBytes: 2_000),
            [Some.Batch(0, 1, CompressionType.Gzip), Some.Batch(1, 1, CompressionType.Gzip, valueSize: 50_000), Some.Batch(2, 1, CompressionType.Gzip)]);
        Assert.Equal([1, 1, 1], sent.Headers.Select(h => h.RecordCount));
    }

    [Fact]
    public void Records_that_are_not_there_are_refused()
    {
        var holes = Some.Batch(0, [new Record(0, 5, null, null, []), new Record(3, 5, null, null, [])]);
        var claims = Some.With(holes, h => h with { RecordCount = 3 });
        Assert.Throws<InvalidBatchException>(() => Transformed.Of(Policy, [claims]));
        var compressed = Some.With(Some.Batch(0, 3, CompressionType.Zstd), h => h with { Attributes = (BatchAttributes)CompressionType.Lz4 });
        Assert.Throws<InvalidBatchException>(() => Transformed.Of(Policy, [compressed]));
    }

    private static byte[] Noise(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
