using System.Buffers.Binary;
using System.IO.Hashing;
using K4os.Compression.LZ4;

namespace KafkaBackup.Protocol.Compression;

/// <summary>
/// Reads LZ4 frames block by block, straight from memory into memory: a stream for each frame costs more than a small batch's own bytes do.
/// Every checksum that a frame has is checked. Source: the LZ4 frame format description, 1.6.
/// </summary>
internal static class Lz4Frames
{
    private const uint Magic = 0x184D2204;
    private const int VersionMask = 0b11 << 6;
    private const int Version = 1 << 6;
    private const int IndependentBlocks = 1 << 5;
    private const int BlockChecksums = 1 << 4;
    private const int ContentSize = 1 << 3;
    private const int ContentChecksum = 1 << 2;
    private const int Reserved = 1 << 1;
    private const int Dictionary = 1;

    /// <summary>Of a block's length: its bytes lie uncompressed.</summary>
    private const uint Uncompressed = 1U << 31;

    /// <summary>How far back a block may reach that is not independent, in bytes.</summary>
    private const int Window = 64 << 10;

    /// <summary>LZ4 makes no more of a byte than that.</summary>
    private const int MostOfOneByte = 255;

    /// <summary>Appends what all frames hold.</summary>
    /// <exception cref="InvalidDataException">One is damaged or cut off, or more than the target allows.</exception>
    public static void Decompress(ReadOnlySpan<byte> source, PooledBuffer target)
    {
        while (source.Length > 0)
            source = source[Frame(source, target)..];
    }

    /// <returns>The bytes of the frame at the start of the source.</returns>
    private static int Frame(ReadOnlySpan<byte> source, PooledBuffer target)
    {
        if (source.Length < 7 || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic)
            throw new InvalidDataException("no lz4 frame where one should begin");
        var (flags, sizes) = (source[4], source[5]);
        var largest = ((sizes >> 4) & 7) switch
        {
            4 => 64 << 10,
            5 => 256 << 10,
            6 => 1 << 20,
            7 => 4 << 20,
            var code => throw new InvalidDataException($"an lz4 frame with blocks of unknown size {code}"),
        };
        if ((flags & VersionMask) != Version || (flags & (Reserved | Dictionary)) != 0 || (sizes & 0b1000_1111) != 0)
            throw new InvalidDataException($"an lz4 frame with unknown flags {flags:x2} {sizes:x2}");
        var at = 6 + ((flags & ContentSize) != 0 ? sizeof(long) : 0);
        if (at >= source.Length || source[at] != (byte)(XxHash32.HashToUInt32(source[4..at]) >> 8))
            throw new InvalidDataException("an lz4 frame's header does not have its checksum");
        at++;
        var begin = target.Length;
        while (Number(source, ref at) is var word and not 0)
        {
            var length = (int)(word & ~Uncompressed);
            if (length > largest || length > source.Length - at)
                throw new InvalidDataException($"an lz4 block claims {length} bytes of {source.Length - at}");
            var block = source.Slice(at, length);
            at += length;
            if ((flags & BlockChecksums) != 0 && Number(source, ref at) != XxHash32.HashToUInt32(block))
                throw new InvalidDataException("an lz4 block does not have its checksum");
            if ((word & Uncompressed) != 0)
                target.Append(block);
            else
                Block(block, largest, (flags & IndependentBlocks) != 0 ? 0 : Math.Min(Window, target.Length - begin), target);
        }

        if ((flags & ContentSize) != 0 && BinaryPrimitives.ReadInt64LittleEndian(source[6..]) != target.Length - begin)
            throw new InvalidDataException($"an lz4 frame holds {target.Length - begin} bytes, which is not what it claims");
        if ((flags & ContentChecksum) != 0 && Number(source, ref at) != XxHash32.HashToUInt32(target.Span[begin..]))
            throw new InvalidDataException("what an lz4 frame holds does not have its checksum");
        return at;
    }

    private static void Block(ReadOnlySpan<byte> block, int largest, int window, PooledBuffer target)
    {
        // No more memory than the block can fill and the target allows, whatever size the frame claims for its blocks.
        var most = (int)Math.Min(largest, block.Length * (long)MostOfOneByte);
        var room = Math.Min(most, target.Limit - target.Length);
        var free = target.GetSpan(room)[..room];
        var length = LZ4Codec.Decode(block, free, window == 0 ? [] : target.Span[^window..]);
        if (length < 0)
            throw new InvalidDataException(room < most ? $"more than the {target.Limit} bytes that are allowed, or a damaged lz4 block" : "an lz4 block is damaged");
        target.Advance(length);
    }

    private static uint Number(ReadOnlySpan<byte> source, ref int at)
    {
        if (source.Length - at < sizeof(uint))
            throw new InvalidDataException("an lz4 frame is cut off");
        at += sizeof(uint);
        return BinaryPrimitives.ReadUInt32LittleEndian(source[(at - sizeof(uint))..]);
    }
}
