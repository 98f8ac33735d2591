using K4os.Compression.LZ4.Streams;

namespace KafkaBackup.Protocol.Compression;

/// <summary>LZ4 in its frame format, of one frame or several. Source: the LZ4 frame format description.</summary>
internal sealed class Lz4Codec : ICompressionCodec
{
    // Java clients and brokers refuse blocks that depend on earlier ones ("Dependent block stream is unsupported").
    private static readonly LZ4EncoderSettings Settings = new() { ChainBlocks = false };

    public void Decompress(ReadOnlyMemory<byte> source, PooledBuffer target) => Lz4Frames.Decompress(source.Span, target);

    public void Compress(ReadOnlyMemory<byte> source, PooledBuffer target)
    {
        using var lz4 = LZ4Stream.Encode(target.AsAppendingStream(), Settings);
        lz4.Write(source.Span);
    }
}
