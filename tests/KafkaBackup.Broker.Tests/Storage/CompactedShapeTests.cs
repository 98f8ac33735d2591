using KafkaBackup.Broker.Logs.Compaction;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Broker.Tests.Storage;

/// <summary>What compaction leaves of a batch, beside what a real broker's left: the fixtures' compacted logs.</summary>
public sealed class CompactedShapeTests
{
    private static readonly byte[] Superseded = "superseded"u8.ToArray();

    public static TheoryData<string> Compacted => ["fx-compact-0", "fx-compact-tail-0", "fx-compact-txn-0"];

    [Theory]
    [MemberData(nameof(Compacted))]
    public void A_batch_that_lost_records_is_byte_for_byte_what_a_real_broker_left_of_it(string log)
    {
        var compared = 0;
        foreach (var batch in Batches(log).Where(b => b.Header is { IsDense: false, RecordCount: > 0, Compression: CompressionType.None } && !HasTombstone(b)))
        {
            using var filter = Filter(default);
            Assert.Equal(Convert.ToHexString(batch.Bytes.Span), Convert.ToHexString(filter.Filter(Refilled(batch)).Span));
            compared++;
        }

        Assert.True(compared > 0);
    }

    [Theory]
    [InlineData("fx-compact-0")]
    [InlineData("fx-compact-txn-0")]
    public void A_batch_that_lost_all_its_records_is_byte_for_byte_what_a_real_broker_left_of_it(string log)
    {
        var compared = 0;
        foreach (var batch in Batches(log).Where(b => b.Header.RecordCount == 0))
        {
            using var filter = Filter(batch.Header);
            Assert.Equal(Convert.ToHexString(batch.Bytes.Span), Convert.ToHexString(filter.Filter(Refilled(batch)).Span));
            // One that is empty already stays so, and goes once it is not its producer's newest any more.
            Assert.Equal(Convert.ToHexString(batch.Bytes.Span), Convert.ToHexString(filter.Filter(batch).Span));
            using var later = Filter(default);
            Assert.True(later.Filter(batch).IsEmpty);
            compared++;
        }

        Assert.True(compared > 0);
    }

    [Theory]
    [MemberData(nameof(Compacted))]
    public void A_batch_that_loses_nothing_stays_as_it_lies(string log)
    {
        foreach (var batch in Batches(log).Where(b => b.Header is { RecordCount: > 0, IsControl: false } && !HasTombstone(b)))
        {
            using var filter = Filter(default);
            Assert.Equal(Convert.ToHexString(batch.Bytes.Span), Convert.ToHexString(filter.Filter(batch).Span));
        }
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void What_is_left_of_a_compressed_batch_is_compressed_alike_and_under_LogAppendTime_keeps_the_brokers_time(CompressionType codec)
    {
        using var builder = new RecordBatchBuilder { Compression = codec };
        builder.Add(1000, Superseded, new byte[50], []);
        builder.Add(2000, new byte[] { 1 }, new byte[50], []);
        var bytes = builder.Build(Broker.Tests.Batches.Idempotent(3, 4, 5) with { BaseOffset = 70, PartitionLeaderEpoch = 6 }).ToArray();
        BatchHeader.TryRead(bytes, out var header);
        (header with { Attributes = header.Attributes | BatchAttributes.LogAppendTime, MaxTimestamp = 9000 }).Write(bytes);
        BatchHeader.Seal(bytes);
        BatchHeader.TryRead(bytes, out header);
        using var filter = Filter(default);
        ReadOnlyMemory<byte> rest = filter.Filter(new RecordBatch(header, bytes)).ToArray();
        Assert.True(RecordBatch.TryTake(ref rest, out var left));
        Assert.True(left.HasValidCrc);
        var expected = header with { RecordCount = 1, BaseTimestamp = 9000, BatchLength = left.Header.BatchLength, Crc = left.Header.Crc };
        Assert.Equal(expected, left.Header);
        using var buffer = new PooledBuffer();
        var record = Assert.Single(left.ReadRecords(buffer));
        Assert.Equal((71, 9000), (record.Offset, record.Timestamp));
    }

    [Fact]
    public void A_marker_that_is_all_that_is_known_of_its_producer_stays_emptied_while_it_is()
    {
        var bytes = Logs.TransactionMarker.Build(7, 3, commit: false, Broker.Tests.Batches.Now, 0);
        BatchHeader.TryRead(bytes, out var header);
        var newest = new Dictionary<long, ProducerTail> { [7] = new(3, null) };
        var due = Filter(newest, bytes, now: 10);
        BatchHeader.TryRead(due, out var marked);
        Assert.Equal(header with { Attributes = header.Attributes | BatchAttributes.DeleteHorizon, BaseTimestamp = 15, BatchLength = marked.BatchLength, Crc = marked.Crc }, marked);
        Assert.False(Logs.TransactionMarker.ReadOutcome(due));
        Assert.Equal(due, Filter(newest, due, now: 14));
        var emptied = Filter(newest, due, now: 15);
        BatchHeader.TryRead(emptied, out var left);
        Assert.Equal((BatchHeader.Size, 0, true, false), (left.TotalSize, left.RecordCount, left.IsControl, left.HasDeleteHorizon));
        Assert.Equal(emptied, Filter(newest, emptied, now: 16));
        // A newer epoch, or data, says more.
        Assert.Empty(Filter(new Dictionary<long, ProducerTail> { [7] = new(4, null) }, due, now: 15));
        Assert.Empty(Filter(new Dictionary<long, ProducerTail> { [7] = new(3, 100) }, due, now: 15));
        Assert.Empty(Filter([], emptied, now: 16));
    }

    [Fact]
    public void A_control_batch_that_is_no_transaction_marker_stays_as_it_lies()
    {
        using var builder = new RecordBatchBuilder();
        builder.Add(1, new byte[] { 0, 0, 0, 5 }, new byte[] { 1 }, []);
        var bytes = builder.Build(Broker.Tests.Batches.Plain with { Attributes = BatchAttributes.Control }).ToArray();
        Assert.Equal(bytes, Filter([], bytes, now: 10));
    }

    private static byte[] Filter(Dictionary<long, ProducerTail> producers, byte[] batch, long now)
    {
        using var filter = new BatchFilter(new LatestOffsets(), new CleanedTransactions([]), producers, now, deleteRetentionMs: 5);
        BatchHeader.TryRead(batch, out var header);
        return filter.Filter(new RecordBatch(header, batch)).ToArray();
    }

    [Fact]
    public void A_message_of_an_old_format_stays_while_one_of_its_records_does()
    {
        foreach (var log in new[] { "fx-v0-0", "fx-v1-0" })
        {
            foreach (var message in Batches(log))
            {
                using var buffer = new PooledBuffer();
                var keys = message.ReadRecords(buffer).Select(r => (r.Key, r.Offset)).ToList();
                if (keys.Exists(k => k.Key is null))
                    continue;
                using var stays = Filter(default);
                Assert.Equal(Convert.ToHexString(message.Bytes.Span), Convert.ToHexString(stays.Filter(message).Span));
                var latest = new LatestOffsets();
                foreach (var (key, offset) in keys)
                    latest.Add(key!.Value.Span, offset + 1000);
                using var goes = new BatchFilter(latest, new CleanedTransactions([]), new Dictionary<long, ProducerTail>(), 0, 0);
                Assert.True(goes.Filter(message).IsEmpty);
            }
        }
    }

    // Puts superseded records into the offsets that have none, as the batch was before compaction.
    private static RecordBatch Refilled(RecordBatch batch)
    {
        using var buffer = new PooledBuffer();
        using var builder = new RecordBatchBuilder();
        var there = batch.ReadRecords(buffer).ToDictionary(r => r.Offset);
        for (var offset = batch.Header.BaseOffset; offset <= batch.Header.LastOffset; offset++)
        {
            if (there.TryGetValue(offset, out var record))
                builder.Add(record.Timestamp, record.Key, record.Value, record.Headers);
            else
                builder.Add(batch.Header.MaxTimestamp, Superseded, new byte[] { 1 }, []);
        }

        var bytes = builder.Build(batch.Header).ToArray();
        BatchHeader.TryRead(bytes, out var header);
        return new RecordBatch(header, bytes);
    }

    private static BatchFilter Filter(BatchHeader newest)
    {
        var latest = new LatestOffsets();
        latest.Add(Superseded, long.MaxValue);
        var producers = new Dictionary<long, ProducerTail> { [newest.ProducerId] = new(newest.ProducerEpoch, newest.LastOffset) };
        return new BatchFilter(latest, new CleanedTransactions([]), producers, now: 0, deleteRetentionMs: 0);
    }

    private static bool HasTombstone(RecordBatch batch)
    {
        using var buffer = new PooledBuffer();
        return batch.ReadRecords(buffer).Any(r => r.Value is null);
    }

    private static IEnumerable<RecordBatch> Batches(string log)
    {
        foreach (var file in FixtureLog.Of(log).LogFiles)
        {
            ReadOnlyMemory<byte> rest = File.ReadAllBytes(file);
            while (RecordBatch.TryTake(ref rest, out var batch))
                yield return batch;
        }
    }
}
