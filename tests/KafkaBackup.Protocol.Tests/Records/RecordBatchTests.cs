using System.Buffers.Binary;
using System.Text;
using CsCheck;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using Xunit;
using Record = KafkaBackup.Protocol.Records.Record;

namespace KafkaBackup.Protocol.Tests.Records;

/// <summary>What is put into a batch comes out of it, whatever it is; what is damaged is refused in one way.</summary>
public sealed class RecordBatchTests
{
    [Fact]
    public void Any_records_are_read_back_from_a_batch_in_every_codec() =>
        Gen.Select(Some.Codec, Some.Records, Gen.Long[0, 1L << 50]).Sample((codec, records, baseOffset) =>
        {
            var batch = Some.Take(Some.Batch(codec, records, Some.Template with { BaseOffset = baseOffset }));
            using var buffer = new PooledBuffer();
            Assert.True(batch.HasValidCrc);
            Assert.Equal(codec, batch.Header.Compression);
            Assert.Equal(records.Length, batch.Header.RecordCount);
            Assert.Equal(records[^1].Delta, batch.Header.LastOffsetDelta);
            Assert.Equal(records.Length == records[^1].Delta + 1, batch.Header.IsDense);
            Assert.Equal(records.Max(r => r.Record.Timestamp), batch.Header.MaxTimestamp);
            Assert.Equal(
                records.Select(r => Some.Describe(r.Record with { Offset = baseOffset + r.Delta })),
                batch.ReadRecords(buffer).Select(Some.Describe));
        }, iter: 1000);

    [Fact]
    public void A_builder_says_beforehand_what_a_record_takes() =>
        Gen.Select(Some.Timestamp, Gen.Int[0, 300]).Array[1, 50].Sample(records =>
        {
            using var builder = new RecordBatchBuilder();
            foreach (var (timestamp, length) in records)
            {
                var expected = builder.RecordBytes + builder.SizeOf(timestamp, length);
                builder.Add(timestamp, new byte[length]);
                Assert.Equal(expected, builder.RecordBytes);
            }
        });

    [Fact]
    public void A_builder_is_empty_again_after_a_batch()
    {
        using var builder = new RecordBatchBuilder();
        builder.Add(1_000, null, new byte[] { 1 }, []);
        builder.Build(Some.Template);
        Assert.Equal((0, 0, null, -1), (builder.Count, builder.RecordBytes, builder.BaseTimestamp, builder.MaxTimestamp));
        builder.Add(-5, null, new byte[] { 2 }, []);
        var batch = Some.Take(builder.Build(Some.Template));
        Assert.Equal((-5, -5, 1, 0), (batch.Header.BaseTimestamp, batch.Header.MaxTimestamp, batch.Header.RecordCount, batch.Header.LastOffsetDelta));
    }

    [Fact]
    public void Offsets_in_a_batch_ascend()
    {
        using var builder = new RecordBatchBuilder();
        builder.Add(0, 3, new byte[] { 1, 1, 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.Add(0, 3, new byte[] { 1, 1, 0 }));
    }

    [Fact]
    public void A_batch_may_span_more_than_24_days_and_hold_odd_timestamps()
    {
        long[] times = [0, -1, 1_577_836_800_000, 253_402_300_799_999, 1_577_836_800, -5, long.MaxValue, long.MinValue];
        var batch = Some.Take(Some.Batch(CompressionType.None, times.Select((t, i) => (new Record(0, t, null, null, []), i))));
        using var buffer = new PooledBuffer();
        Assert.Equal(times, batch.ReadRecords(buffer).Select(r => r.Timestamp));
        Assert.Equal((0, long.MaxValue), (batch.Header.BaseTimestamp, batch.Header.MaxTimestamp));
    }

    [Fact]
    public void The_maximum_timestamp_of_records_before_1970_is_their_own() =>
        Assert.Equal(-5, Some.Take(Some.Batch(CompressionType.None, [(new Record(0, -9, null, null, []), 0), (new Record(0, -5, null, null, []), 1)])).Header.MaxTimestamp);

    [Fact]
    public void A_LogAppendTime_batch_shows_its_maximum_timestamp_on_every_record()
    {
        var bytes = Some.Batch(CompressionType.Gzip, [(new Record(0, 7, null, null, []), 0), (new Record(0, 5, null, null, []), 1)]);
        Change(bytes, h => h with { Attributes = h.Attributes | BatchAttributes.LogAppendTime, MaxTimestamp = 99 });
        using var buffer = new PooledBuffer();
        Assert.Equal([99, 99], Some.Take(bytes).ReadRecords(buffer).Select(r => r.Timestamp));
        Assert.Equal(TimestampType.LogAppendTime, Some.Take(bytes).Header.TimestampType);
    }

    [Fact]
    public void Every_field_of_the_header_lies_where_the_format_says()
    {
        var header = new BatchHeader(0x0102030405060708, 61 - 12, 0x11121314, 0x21222324, (BatchAttributes)0x0018, 0x31323334, 0x4142434445464748, 0x5152535455565758, 0x6162636465666768, 0x7172, 0x01828384, 0x05929394);
        var bytes = new byte[BatchHeader.Size];
        header.Write(bytes);
        Assert.Equal(
            "0102030405060708" + "00000031" + "11121314" + "02" + "21222324" + "0018" + "31323334" + "4142434445464748" + "5152535455565758" + "6162636465666768" + "7172" + "01828384" + "05929394",
            Convert.ToHexString(bytes));
        Assert.True(BatchHeader.TryRead(bytes, out var read));
        Assert.Equal(header, read);
    }

    [Fact]
    public void The_header_answers_from_its_attributes()
    {
        var header = Some.Template with { Attributes = (BatchAttributes)(0x70 | 4), BaseOffset = 10, LastOffsetDelta = 4, RecordCount = 5 };
        Assert.True(header is { IsTransactional: true, IsControl: true, HasDeleteHorizon: true, IsDense: true, TimestampType: TimestampType.CreateTime, Compression: CompressionType.Zstd });
        Assert.Equal((14, 15), (header.LastOffset, header.NextOffset));
    }

    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283)] // RFC 3720's check value
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404)]
    public void The_checksum_is_Castagnolis(string text, uint expected) => Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void The_checksum_of_a_long_span_is_that_of_its_bytes_one_by_one() =>
        Gen.Select(Gen.Int[30_000, 140_000], Gen.Int).Sample((length, seed) =>
        {
            var bytes = new byte[length];
            new Random(seed).NextBytes(bytes);
            var crc = uint.MaxValue;
            foreach (var b in bytes)
            {
                crc ^= b;
                for (var bit = 0; bit < 8; bit++)
                    crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }

            Assert.Equal(~crc, Crc32C.Compute(bytes));
        }, iter: 30);

    [Fact]
    public void The_checksum_of_bytes_whose_beginning_was_replaced_follows_from_the_one_that_they_had() =>
        Gen.Select(Gen.Int[0, 70].SelectMany(n => Gen.Select(Gen.Byte.Array[n], Gen.Byte.Array[n])), Gen.Byte.Array[0, 3_000]).Sample((beginnings, following) =>
        {
            var (before, after) = beginnings;
            var replaced = Crc32C.Replace(Crc32C.Compute([.. before, .. following]), before, after, following.Length);
            Assert.Equal(Crc32C.Compute([.. after, .. following]), replaced);
        });

    [Fact]
    public void The_checksum_of_a_long_span_is_replaced_as_well()
    {
        var bytes = new byte[(64 << 20) + 3];
        new Random(7).NextBytes(bytes);
        var (before, crc) = (bytes[..40], Crc32C.Compute(bytes));
        Array.Clear(bytes, 0, 40);
        Assert.Equal(Crc32C.Compute(bytes), Crc32C.Replace(crc, before, bytes.AsSpan(0, 40), bytes.Length - 40));
    }

    [Fact]
    public void Only_as_many_bytes_can_take_the_place_of_others() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Crc32C.Replace(0, new byte[3], new byte[4], 0));

    [Fact]
    public void A_batch_that_is_not_all_there_is_not_taken() =>
        Gen.Select(Some.Codec, Some.Records, Gen.Double[0, 1]).Sample((codec, records, where) =>
        {
            var bytes = Some.Batch(codec, records);
            ReadOnlyMemory<byte> rest = bytes.AsMemory(0, (int)(where * (bytes.Length - 1)));
            var before = rest.Length;
            Assert.False(RecordBatch.TryTake(ref rest, out _));
            Assert.Equal(before, rest.Length);
        });

    [Theory]
    [InlineData(8, 48)]
    [InlineData(8, -1)]
    [InlineData(8, int.MaxValue)]
    [InlineData(23, -1)]
    [InlineData(57, -1)]
    [InlineData(57, 3)]
    [InlineData(0, -1)]
    public void A_header_that_makes_no_sense_is_refused(int position, int value)
    {
        var bytes = Some.Batch(CompressionType.None, [(new Record(0, 0, null, null, []), 0), (new Record(0, 0, null, null, []), 1)]);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(position), value);
        Assert.Throws<InvalidBatchException>(() => BatchHeader.TryRead(bytes, out _));
    }

    [Fact]
    public void An_offset_past_the_largest_is_refused()
    {
        var bytes = Some.Batch(CompressionType.None, [(new Record(0, 0, null, null, []), 0), (new Record(0, 0, null, null, []), 1)]);
        BinaryPrimitives.WriteInt64BigEndian(bytes, long.MaxValue - 1);
        Assert.Throws<InvalidBatchException>(() => BatchHeader.TryRead(bytes, out _));
    }

    [Fact]
    public void Altered_bytes_fail_the_checksum() =>
        Gen.Select(Some.Codec, Some.Records, Gen.Double[0, 1], Gen.Int[1, 255]).Sample((codec, records, where, flip) =>
        {
            var bytes = Some.Batch(codec, records);
            bytes[Math.Min(bytes.Length - 1, 21 + (int)(where * (bytes.Length - 21)))] ^= (byte)flip;
            ReadOnlyMemory<byte> rest = bytes;
            try
            {
                Assert.False(RecordBatch.TryTake(ref rest, out var batch) && batch.HasValidCrc);
            }
            catch (InvalidBatchException)
            {
            }
        }, iter: 2000);

    [Fact]
    public void Altered_bytes_are_read_or_refused_in_one_way_and_claim_no_memory() =>
        Gen.Select(Some.Codec, Some.Records, Gen.Select(Gen.Double[0, 1], Gen.Byte).Array[1, 8]).Sample((codec, records, noise) =>
        {
            var bytes = Some.Batch(codec, records);
            foreach (var (where, value) in noise)
                bytes[Math.Min(bytes.Length - 1, (int)(where * bytes.Length))] = value;
            var before = GC.GetAllocatedBytesForCurrentThread();
            ReadOnlyMemory<byte> rest = bytes;
            using var buffer = new PooledBuffer(64 << 20);
            try
            {
                if (RecordBatch.TryTake(ref rest, out var batch))
                    batch.ReadRecords(buffer);
            }
            catch (InvalidBatchException)
            {
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
        }, iter: 5_000);

    [Fact]
    public void Altered_records_are_read_or_refused_in_one_way() =>
        Gen.Select(Some.Records, Gen.Select(Gen.Double[0, 1], Gen.Byte).Array[1, 4]).Sample((records, noise) =>
        {
            var bytes = Some.Batch(CompressionType.None, records);
            foreach (var (where, value) in noise)
                bytes[Math.Min(bytes.Length - 1, BatchHeader.Size + (int)(where * (bytes.Length - BatchHeader.Size)))] = value;
            using var buffer = new PooledBuffer();
            try
            {
                Some.Take(bytes).ReadRecords(buffer);
            }
            catch (InvalidBatchException)
            {
            }
        }, iter: 5_000);

    [Fact]
    public void A_count_that_the_records_do_not_bear_out_is_refused()
    {
        var bytes = Some.Batch(CompressionType.None, Enumerable.Range(0, 3).Select(i => (new Record(0, 0, null, null, []), i)));
        using var buffer = new PooledBuffer();
        foreach (var count in new[] { 2, 4, 100_000_000 })
        {
            var altered = (byte[])bytes.Clone();
            Change(altered, h => h with { RecordCount = count, LastOffsetDelta = Math.Max(2, count - 1) });
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<InvalidBatchException>(() => Some.Take(altered).ReadRecords(buffer));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("0C0000")]
    [InlineData("06000080")]
    [InlineData("06008080")]
    [InlineData("FEFFFFFF0F0000")]
    public void A_record_that_is_cut_off_is_none(string hex) => Assert.Equal(0, RawRecord.Read(Convert.FromHexString(hex), out _));

    [Fact]
    public void Headers_keep_their_order_their_duplicates_and_their_nulls()
    {
        RecordHeader[] headers = [new("b", new byte[] { 1 }), new("a", null), new("b", ReadOnlyMemory<byte>.Empty), new("", new byte[] { 2 }), new("b", new byte[] { 1 })];
        var bytes = Some.Batch(CompressionType.Zstd, [(new Record(0, 0, null, ReadOnlyMemory<byte>.Empty, headers), 0)]);
        using var buffer = new PooledBuffer();
        var read = Some.Take(bytes).ReadRecords(buffer).Single();
        Assert.Null(read.Key);
        Assert.Equal(0, read.Value!.Value.Length);
        Assert.Equal(["b=01", "a=null", "b=", "=02", "b=01"], read.Headers.Select(h => $"{h.Name}={(h.Value is { } v ? Convert.ToHexString(v.Span) : "null")}"));
    }

    private static void Change(byte[] batch, Func<BatchHeader, BatchHeader> change)
    {
        change(Some.Take(batch).Header).Write(batch);
        BatchHeader.Seal(batch);
    }
}
