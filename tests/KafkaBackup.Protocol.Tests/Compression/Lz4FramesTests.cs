using System.IO.Hashing;
using CsCheck;
using K4os.Compression.LZ4;
using K4os.Compression.LZ4.Streams;
using KafkaBackup.Protocol.Compression;
using Xunit;

namespace KafkaBackup.Protocol.Tests.Compression;

/// <summary>LZ4 frames as any client may write them, made by the library's own encoder.</summary>
public sealed class Lz4FramesTests
{
    private static readonly Gen<LZ4EncoderSettings> Settings = Gen.Select(
        Gen.Bool, Gen.Int[0, 3].Select(n => (64 << 10) << (2 * n)), Gen.Bool, Gen.Bool, Gen.Bool.Select(isHigh => isHigh ? LZ4Level.L09_HC : LZ4Level.L00_FAST),
        (chained, size, ofBlocks, ofContent, level) => new LZ4EncoderSettings { ChainBlocks = chained, BlockSize = size, BlockChecksum = ofBlocks, ContentChecksum = ofContent, CompressionLevel = level });

    // Words that come again far behind, so that blocks which may reach back do, and bytes that can't be compressed between them.
    private static readonly Gen<byte[]> Data = Gen.Select(Gen.Byte.Array[1, 300], Gen.Byte.Array[0, 3_000], Gen.Int[0, 1_500]).Select((word, noise, times) =>
        (byte[])[.. noise, .. Enumerable.Repeat(word, times).SelectMany(b => b), .. noise]);

    [Fact]
    public void Frames_of_any_settings_are_read_one_after_the_other() => Gen.Select(Settings, Data).Array[1, 3].Sample(
        frames => Assert.Equal(frames.SelectMany(f => f.Item2).ToArray(), Decompress([.. frames.SelectMany(f => Encode(f.Item2, f.Item1))])), iter: 100);

    [Fact]
    public void Where_a_frame_has_all_its_checksums_no_changed_byte_passes() => Gen.Select(Data, Gen.Bool, Gen.Double[0, 1], Gen.Byte[1, 255]).Sample((data, chained, where, change) =>
    {
        var frame = Encode(data, new LZ4EncoderSettings { ChainBlocks = chained, BlockChecksum = true, ContentChecksum = true });
        frame[(int)(where * (frame.Length - 1))] ^= change;
        Assert.Throws<InvalidDataException>(() => Decompress(frame));
    }, iter: 1_000);

    [Fact]
    public void A_frame_that_is_cut_off_anywhere_is_refused()
    {
        var frame = Encode([.. Enumerable.Repeat((byte)7, 500)], new LZ4EncoderSettings { BlockChecksum = true, ContentChecksum = true });
        for (var length = 1; length < frame.Length; length++)
            Assert.Throws<InvalidDataException>(() => Decompress(frame[..length]));
    }

    [Fact]
    public void A_content_size_is_held_against_what_is_there()
    {
        var frame = Encode([.. Enumerable.Repeat((byte)7, 500)], new LZ4EncoderSettings { ChainBlocks = false });
        var sized = (byte[])[.. frame[..4], (byte)(frame[4] | 8), frame[5], .. BitConverter.GetBytes(500L), 0, .. frame[7..]];
        sized[14] = (byte)(XxHash32.HashToUInt32(sized.AsSpan(4, 10)) >> 8);
        Assert.Equal(500, Decompress(sized).Length);
        sized[6]++;
        sized[14] = (byte)(XxHash32.HashToUInt32(sized.AsSpan(4, 10)) >> 8);
        Assert.Contains("holds 500 bytes", Assert.Throws<InvalidDataException>(() => Decompress(sized)).Message);
    }

    [Fact]
    public void A_small_frame_takes_no_memory_of_its_own()
    {
        var frame = Encode([.. Enumerable.Repeat((byte)7, 100)], new LZ4EncoderSettings { ChainBlocks = false });
        using var buffer = new PooledBuffer();
        CompressionCodecs.Decompress(CompressionType.Lz4, frame, buffer);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            buffer.Clear();
            CompressionCodecs.Decompress(CompressionType.Lz4, frame, buffer);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Encode(byte[] data, LZ4EncoderSettings settings)
    {
        using var target = new MemoryStream();
        using (var lz4 = LZ4Stream.Encode(target, settings, leaveOpen: true))
            lz4.Write(data);
        return target.ToArray();
    }

    private static byte[] Decompress(byte[] frames)
    {
        using var buffer = new PooledBuffer(16 << 20);
        CompressionCodecs.Decompress(CompressionType.Lz4, frames, buffer);
        return buffer.Memory.ToArray();
    }
}
