using System.Buffers.Binary;
using System.IO.Hashing;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using Xunit;
using Record = KafkaBackup.Protocol.Records.Record;

namespace KafkaBackup.Protocol.Tests.Records;

/// <summary>What the fixtures do not hold of magic 0 and 1.</summary>
public sealed class LegacyMessageTests
{
    public static TheoryData<CompressionType> Codecs => [CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4];

    [Fact]
    public void Null_is_not_empty()
    {
        Assert.Null(Assert.Single(Read(Legacy.Message(1, 5, null, null))).Key);
        Assert.Equal(0, Assert.Single(Read(Legacy.Message(0, 5, [], []))).Value!.Value.Length);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Offsets_in_a_wrapper_of_magic_1_end_at_its_own(CompressionType codec)
    {
        // Compaction has taken the third.
        var wrapper = Legacy.Wrapper(1, 104, codec, [Legacy.Message(1, 0, null, [1], timestamp: 7), Legacy.Message(1, 1, null, [2], timestamp: 8), Legacy.Message(1, 3, null, [3], timestamp: 9)]);
        Assert.Equal([(101L, 7L), (102, 8), (104, 9)], Read(wrapper).Select(r => (r.Offset, r.Timestamp)));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Offsets_in_a_wrapper_of_magic_0_are_their_own_and_there_is_no_time(CompressionType codec)
    {
        var wrapper = Legacy.Wrapper(0, 12, codec, [Legacy.Message(0, 10, null, [1]), Legacy.Message(0, 12, null, [2])]);
        Assert.Equal([(10L, -1L), (12, -1)], Read(wrapper).Select(r => (r.Offset, r.Timestamp)));
    }

    [Fact]
    public void The_brokers_time_on_a_wrapper_counts_for_all_that_it_holds()
    {
        var wrapper = Legacy.Wrapper(1, 1, CompressionType.Gzip, [Legacy.Message(1, 0, null, [1], timestamp: 7), Legacy.Message(1, 1, null, [2], timestamp: 8)], logAppendTime: true, timestamp: 99);
        Assert.Equal([99L, 99], Read(wrapper).Select(r => r.Timestamp));
    }

    [Fact]
    public void Wrappers_in_wrappers_are_read_but_not_without_end()
    {
        var nested = Legacy.Message(0, 3, null, [7]);
        for (var depth = 0; depth < 4; depth++)
        {
            nested = Legacy.Wrapper(0, 3, CompressionType.Gzip, [nested]);
            Assert.Equal(3, Assert.Single(Read(nested)).Offset);
        }

        Assert.Contains("more than 4 times", Assert.Throws<InvalidBatchException>(() => Read(Legacy.Wrapper(0, 3, CompressionType.Gzip, [nested]))).Message);
    }

    [Fact]
    public void The_broken_header_checksum_of_early_lz4_frames_is_read()
    {
        var wrapper = Legacy.Wrapper(0, 1, CompressionType.Lz4, [Legacy.Message(0, 0, null, [1]), Legacy.Message(0, 1, null, [2])]);
        const int Frame = 26; // behind offset, size, checksum, magic, attributes, and the lengths of key and value
        Assert.Equal(0x184D2204u, BinaryPrimitives.ReadUInt32LittleEndian(wrapper.AsSpan(Frame)));
        var descriptor = (wrapper[Frame + 4] & 8) != 0 ? 10 : 2;
        var broken = (byte)(XxHash32.HashToUInt32(wrapper.AsSpan(Frame, 4 + descriptor)) >> 8); // over the magic number as well
        Assert.NotEqual(broken, wrapper[Frame + 4 + descriptor]);
        wrapper[Frame + 4 + descriptor] = broken;
        Assert.Equal([0L, 1], Read(Legacy.Seal(wrapper)).Select(r => r.Offset));
    }

    [Theory]
    [InlineData(14)]
    [InlineData(17)]
    [InlineData(20)]
    public void A_message_that_is_cut_off_is_not_taken(int length)
    {
        ReadOnlyMemory<byte> cut = Legacy.Message(0, 1, [1], [2]).AsMemory(0, length);
        Assert.False(RecordBatch.TryTake(ref cut, out _));
        Assert.Equal(length, cut.Length);
    }

    [Theory]
    [InlineData(0, 13)]
    [InlineData(1, 21)]
    [InlineData(1, -1)]
    [InlineData(1, int.MaxValue)]
    public void A_size_that_no_message_has_is_not_believed(byte magic, int size)
    {
        var message = Legacy.Message(magic, 1, null, null);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(8), size);
        Assert.Throws<InvalidBatchException>(() => BatchHeader.TryRead(message, out _));
    }

    [Fact]
    public void What_a_wrapper_holds_is_checked_as_well()
    {
        var bent = Legacy.Message(1, 0, null, [1, 2, 3]);
        bent[^1] ^= 1;
        Assert.Contains("CRC-32", Assert.Throws<InvalidBatchException>(() => Read(Legacy.Wrapper(1, 0, CompressionType.Gzip, [bent]))).Message);
        Assert.Contains("holds none", Assert.Throws<InvalidBatchException>(() => Read(Legacy.Wrapper(1, 0, CompressionType.Gzip, [Legacy.Message(1, 0, null, [1])[..^1]]))).Message);
        Assert.Contains("magic 2", Assert.Throws<InvalidBatchException>(() => Read(Legacy.Wrapper(1, 0, CompressionType.Gzip, [Some.Batch(CompressionType.None, [(new Record(0, 0, null, null, []), 0)])]))).Message);
        Assert.Contains("ascend", Assert.Throws<InvalidBatchException>(() => Read(Legacy.Wrapper(1, 0, CompressionType.Gzip, [Legacy.Message(1, 4, null, [1]), Legacy.Message(1, 5, null, [1])]))).Message);
    }

    [Fact]
    public void A_bomb_in_a_wrapper_ends_at_the_limit()
    {
        var bomb = Legacy.Wrapper(0, 0, CompressionType.Gzip, [Legacy.Message(0, 0, null, new byte[32 << 20])]);
        using var buffer = new PooledBuffer(1 << 20);
        ReadOnlyMemory<byte> rest = bomb;
        Assert.True(RecordBatch.TryTake(ref rest, out var batch));
        Assert.Contains($"{1 << 20} bytes", Assert.Throws<InvalidBatchException>(() => batch.ReadRecords(buffer)).Message);
    }

    private static List<Record> Read(byte[] message)
    {
        using var buffer = new PooledBuffer();
        ReadOnlyMemory<byte> rest = message;
        Assert.True(RecordBatch.TryTake(ref rest, out var batch));
        Assert.Equal((0, true), (rest.Length, batch.HasValidCrc));
        return [.. batch.ReadRecords(buffer)];
    }
}
