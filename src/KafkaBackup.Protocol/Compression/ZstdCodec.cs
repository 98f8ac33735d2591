using ZstdSharp;

namespace KafkaBackup.Protocol.Compression;

/// <summary>Zstandard, of one frame or several, with or without a content size. Source: RFC 8878.</summary>
internal sealed class ZstdCodec : ICompressionCodec
{
    private const int Level = 3;

    public void Decompress(ReadOnlyMemory<byte> source, PooledBuffer target)
    {
        using var zstd = new DecompressionStream(source.AsStream(), leaveOpen: false);
        target.AppendAll(zstd);
    }

    public void Compress(ReadOnlyMemory<byte> source, PooledBuffer target)
    {
        using var zstd = new CompressionStream(target.AsAppendingStream(), Level, leaveOpen: false);
        zstd.Write(source.Span);
    }
}
