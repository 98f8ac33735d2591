using System.Buffers.Binary;
using Snappier;

namespace KafkaBackup.Protocol.Compression;

/// <summary>
/// Snappy in both framings that Kafka's clients write: raw (librdkafka), and blocks behind a header (Java, from the xerial library:
/// magic, version, compatible version, then for each block its length, big-endian, and raw snappy). Written: the blocks.
/// </summary>
internal sealed class SnappyCodec : ICompressionCodec
{
    private const int HeaderSize = 16;
    private const int BlockSize = 32 * 1024;

    private static ReadOnlySpan<byte> Magic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public void Decompress(ReadOnlyMemory<byte> source, PooledBuffer target)
    {
        var rest = source.Span;
        if (!rest.StartsWith(Magic))
        {
            Block(rest, target);
            return;
        }

        if (rest.Length < HeaderSize)
            throw new InvalidDataException($"a snappy header of {rest.Length} bytes");
        rest = rest[HeaderSize..];
        while (rest.Length > 0)
        {
            var length = rest.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32BigEndian(rest);
            if (length < 0 || length > rest.Length - sizeof(int))
                throw new InvalidDataException($"a snappy block claims {length} bytes of {rest.Length}");
            Block(rest.Slice(sizeof(int), length), target);
            rest = rest[(sizeof(int) + length)..];
        }
    }

    public void Compress(ReadOnlyMemory<byte> source, PooledBuffer target)
    {
        var header = target.GetSpan(HeaderSize);
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], 1);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], 1);
        target.Advance(HeaderSize);
        for (var rest = source.Span; rest.Length > 0; rest = rest[Math.Min(BlockSize, rest.Length)..])
        {
            var block = rest[..Math.Min(BlockSize, rest.Length)];
            var compressed = target.GetSpan(sizeof(int) + Snappy.GetMaxCompressedLength(block.Length));
            var length = Snappy.Compress(block, compressed[sizeof(int)..]);
            BinaryPrimitives.WriteInt32BigEndian(compressed, length);
            target.Advance(sizeof(int) + length);
        }
    }

    private static void Block(ReadOnlySpan<byte> block, PooledBuffer target)
    {
        // The length stands in the data; snappy can't expand more than about 22 times, so a claim beyond that is a lie, not a need for memory.
        const int MaxExpansion = 32;
        var length = Snappy.GetUncompressedLength(block);
        if (length > (long)block.Length * MaxExpansion + 64)
            throw new InvalidDataException($"a snappy block of {block.Length} bytes claims {length}");
        target.Advance(Snappy.Decompress(block, target.GetSpan(length)[..length]));
    }
}
