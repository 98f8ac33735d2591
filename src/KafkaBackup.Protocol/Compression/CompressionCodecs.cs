namespace KafkaBackup.Protocol.Compression;

/// <summary>Compresses and decompresses the records of a batch.</summary>
public static class CompressionCodecs
{
    /// <summary>What the records of one batch may come to by default, in bytes: 1 GiB. Kafka's own default limit of a batch is 1 MiB compressed.</summary>
    public const int DefaultLimit = 1 << 30;

    private static readonly ICompressionCodec[] Codecs = [new NoCodec(), new GzipCodec(), new SnappyCodec(), new Lz4Codec(), new ZstdCodec()];

    /// <summary>Appends what <paramref name="source"/> decompresses to.</summary>
    /// <exception cref="InvalidDataException">It is damaged, holds more than <paramref name="target"/> allows, or the codec is unknown.</exception>
    public static void Decompress(CompressionType type, ReadOnlyMemory<byte> source, PooledBuffer target)
    {
        try
        {
            Of(type).Decompress(source, target);
        }
        catch (Exception e) when (e is not InvalidDataException and not OutOfMemoryException)
        {
            // Each library has exceptions of its own for bytes that it can't read; here they all mean one thing.
            throw new InvalidDataException($"{type} data is damaged: {e.Message}", e);
        }
    }

    /// <summary>Appends <paramref name="source"/>, compressed.</summary>
    /// <exception cref="InvalidDataException">The codec is unknown.</exception>
    public static void Compress(CompressionType type, ReadOnlyMemory<byte> source, PooledBuffer target) => Of(type).Compress(source, target);

    private static ICompressionCodec Of(CompressionType type) =>
        (int)type < Codecs.Length ? Codecs[(int)type] : throw new InvalidDataException($"unknown compression codec {(int)type}");

    private sealed class NoCodec : ICompressionCodec
    {
        public void Decompress(ReadOnlyMemory<byte> source, PooledBuffer target) => target.Append(source.Span);

        public void Compress(ReadOnlyMemory<byte> source, PooledBuffer target) => target.Append(source.Span);
    }
}
