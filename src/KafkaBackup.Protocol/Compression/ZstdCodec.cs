using System.Numerics;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace KafkaBackup.Protocol.Compression;

/// <summary>Zstandard, of one frame or several, with or without a content size. Source: RFC 8878.</summary>
internal sealed class ZstdCodec : ICompressionCodec
{
    private const int Level = 3;
    /// <summary>8 MiB: what all but the extreme levels ask for, however little they compress.</summary>
    private const int SmallestWindow = 23;
    private const int LargestWindow = 27;

    public void Decompress(ReadOnlyMemory<byte> source, PooledBuffer target)
    {
        using var zstd = new DecompressionStream(source.AsStream(), leaveOpen: false);
        // A frame names the window that it needs, and gets it at once: no more than what it may come to.
        var window = Math.Clamp(BitOperations.Log2((uint)target.Limit - 1) + 1, SmallestWindow, LargestWindow);
        zstd.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, window);
        target.AppendAll(zstd);
    }

    public void Compress(ReadOnlyMemory<byte> source, PooledBuffer target)
    {
        using var zstd = new CompressionStream(target.AsAppendingStream(), Level, leaveOpen: false);
        zstd.Write(source.Span);
    }
}
