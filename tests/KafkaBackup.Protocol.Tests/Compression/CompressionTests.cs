using CsCheck;
using KafkaBackup.Protocol.Compression;
using Xunit;

namespace KafkaBackup.Protocol.Tests.Compression;

/// <summary>Every codec as Kafka's clients use it: framings, several frames, damage, bombs.</summary>
public sealed class CompressionTests
{
    private static readonly Gen<byte[]> Data = Gen.OneOf(
        Gen.Byte.Array[0, 2_000],
        Gen.Select(Gen.Byte.Array[1, 40], Gen.Int[1, 5_000]).Select((pattern, times) => Enumerable.Repeat(pattern, times).SelectMany(b => b).ToArray()));

    public static TheoryData<CompressionType> Real => [CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    [Theory]
    [MemberData(nameof(Real))]
    [InlineData(CompressionType.None)]
    public void What_is_compressed_is_decompressed_again(CompressionType codec) =>
        Data.Sample(data => Assert.Equal(data, Decompress(codec, Compress(codec, data))), iter: 200);

    [Theory]
    [MemberData(nameof(Real))]
    public void Nothing_is_compressed_and_decompressed_too(CompressionType codec) => Assert.Empty(Decompress(codec, Compress(codec, [])));

    [Theory]
    [MemberData(nameof(Real))]
    public void What_repeats_is_made_smaller(CompressionType codec) => Assert.InRange(Compress(codec, new byte[200_000]).Length, 1, 12_000);

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Several_frames_one_after_the_other_are_all_read(CompressionType codec) =>
        Data.Array[2, 4].Sample(parts => Assert.Equal(
            parts.SelectMany(p => p).ToArray(),
            Decompress(codec, [.. parts.SelectMany(p => Compress(codec, p))])), iter: 100);

    [Fact]
    public void Snappy_is_read_raw_as_librdkafka_writes_it() =>
        Data.Sample(data => Assert.Equal(data, Decompress(CompressionType.Snappy, Snappier.Snappy.CompressToArray(data))), iter: 100);

    [Fact]
    public void Snappy_is_written_in_the_blocks_that_Java_reads()
    {
        var compressed = Compress(CompressionType.Snappy, new byte[100_000]);
        Assert.Equal("82534E4150505900" + "00000001" + "00000001", Convert.ToHexString(compressed, 0, 16));
        var blocks = 0;
        for (var at = 16; at < compressed.Length; at += 4 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(compressed.AsSpan(at)))
            blocks++;
        Assert.Equal(4, blocks); // of 32 KiB
    }

    [Fact]
    public void Lz4_is_written_in_independent_blocks_for_Kafka_refuses_others()
    {
        var compressed = Compress(CompressionType.Lz4, new byte[300_000]);
        Assert.Equal("04224D18", Convert.ToHexString(compressed, 0, 4));
        Assert.Equal(0b01_1_0_0000, compressed[4] & 0b11_1_0_0010); // version 1, independent blocks, no block checksums
        Assert.InRange((compressed[5] >> 4) & 7, 4, 7); // a known size of blocks
    }

    [Theory]
    [MemberData(nameof(Real))]
    public void What_is_cut_off_is_damaged_and_never_passes_for_the_whole(CompressionType codec)
    {
        var data = new byte[70_000];
        new Random(7).NextBytes(data.AsSpan(0, 40_000));
        var compressed = Compress(codec, data);
        for (var length = 1; length < compressed.Length; length += 97)
        {
            try
            {
                Assert.NotEqual(data, Decompress(codec, compressed[..length]));
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Theory]
    [MemberData(nameof(Real))]
    public void Noise_is_decompressed_or_refused_in_one_way(CompressionType codec) =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Bool, Gen.Double[0, 1]).Sample((noise, begins, where) =>
        {
            byte[] source = noise;
            if (begins)
            {
                source = Compress(codec, new byte[3_000]);
                var at = (int)(where * (source.Length - 1));
                noise.AsSpan(0, Math.Min(noise.Length, Math.Min(4, source.Length - at))).CopyTo(source.AsSpan(at));
            }

            try
            {
                Decompress(codec, source);
            }
            catch (InvalidDataException)
            {
            }
        }, iter: 2_000);

    [Theory]
    [MemberData(nameof(Real))]
    public void A_bomb_ends_at_the_limit(CompressionType codec)
    {
        const int Limit = 1 << 20;
        var bomb = Compress(codec, new byte[64 << 20]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var buffer = new PooledBuffer(Limit);
        var refusal = Assert.Throws<InvalidDataException>(() => CompressionCodecs.Decompress(codec, bomb, buffer));
        Assert.Contains($"{Limit} bytes", refusal.Message);
        Assert.InRange(buffer.Length, 0, Limit);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16L << 20);
    }

    [Fact]
    public void A_raw_snappy_block_that_claims_more_than_it_can_hold_takes_no_memory()
    {
        byte[] claim = [0x80, 0x80, 0x80, 0x80, 0x01, 0, 0]; // 256 MiB
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Decompress(CompressionType.Snappy, claim));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData("82534E415050590000000001")] // a header cut off
    [InlineData("82534E4150505900000000010000000100000005")] // a block of which nothing is there
    [InlineData("82534E41505059000000000100000001FFFFFFFF00")] // a negative length
    [InlineData("82534E41505059000000000100000001000000")] // half a length
    public void Damaged_snappy_blocks_are_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => Decompress(CompressionType.Snappy, Convert.FromHexString(hex)));

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public void An_unknown_codec_is_refused_by_number(int codec)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => Decompress((CompressionType)codec, [1, 2, 3]));
        Assert.Contains($"codec {codec}", refusal.Message);
    }

    [Fact]
    public void A_buffer_holds_what_is_appended_up_to_its_limit()
    {
        using var buffer = new PooledBuffer(10);
        buffer.Append(new byte[10]);
        Assert.Throws<InvalidDataException>(() => buffer.Append([1]));
        buffer.Clear();
        buffer.Append([1, 2]);
        Assert.Equal([1, 2], buffer.Memory.ToArray());
    }

    private static byte[] Compress(CompressionType codec, byte[] data)
    {
        using var buffer = new PooledBuffer();
        CompressionCodecs.Compress(codec, data, buffer);
        return buffer.Memory.ToArray();
    }

    private static byte[] Decompress(CompressionType codec, byte[] data)
    {
        using var buffer = new PooledBuffer(256 << 20);
        CompressionCodecs.Decompress(codec, data, buffer);
        return buffer.Memory.ToArray();
    }
}
