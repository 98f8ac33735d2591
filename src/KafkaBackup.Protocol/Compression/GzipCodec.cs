using System.IO.Compression;

namespace KafkaBackup.Protocol.Compression;

/// <summary>gzip, of one member or several. Source: RFC 1952.</summary>
internal sealed class GzipCodec : ICompressionCodec
{
    public void Decompress(ReadOnlyMemory<byte> source, PooledBuffer target)
    {
        using var gzip = new GZipStream(source.AsStream(), CompressionMode.Decompress);
        target.AppendAll(gzip);
    }

    public void Compress(ReadOnlyMemory<byte> source, PooledBuffer target)
    {
        using var gzip = new GZipStream(target.AsAppendingStream(), CompressionLevel.Optimal);
        gzip.Write(source.Span);
    }
}
