namespace KafkaBackup.Protocol.Primitives;

/// <summary>
/// Variable-length integers: 7 bits a byte, least significant first, the top bit saying that more follows. Signed ones are zig-zag coded.
/// Source: Kafka's record format (varint, varlong) and KIP-482 (unsigned varint).
/// </summary>
public static class Varint
{
    /// <summary>The longest 32-bit varint, in bytes.</summary>
    public const int MaxLength32 = 5;

    /// <summary>The longest 64-bit varlong, in bytes.</summary>
    public const int MaxLength64 = 10;

    /// <summary>Reads an unsigned varint; a length of 0 says that there is none at the start of <paramref name="source"/>.</summary>
    public static (uint Value, int Length) ReadUnsigned(ReadOnlySpan<byte> source)
    {
        var (value, length) = ReadBits(source, MaxLength32);
        return value > uint.MaxValue ? (0, 0) : ((uint)value, length);
    }

    /// <summary>Reads a zig-zag coded 32-bit integer; a length of 0 says that there is none at the start of <paramref name="source"/>.</summary>
    public static (int Value, int Length) Read32(ReadOnlySpan<byte> source)
    {
        var (value, length) = ReadUnsigned(source);
        return ((int)(value >> 1) ^ -(int)(value & 1), length);
    }

    /// <summary>Reads a zig-zag coded 64-bit integer; a length of 0 says that there is none at the start of <paramref name="source"/>.</summary>
    public static (long Value, int Length) Read64(ReadOnlySpan<byte> source)
    {
        var (value, length) = ReadBits(source, MaxLength64);
        return ((long)(value >> 1) ^ -(long)(value & 1), length);
    }

    /// <summary>Writes an unsigned varint and returns its length.</summary>
    public static int WriteUnsigned(Span<byte> target, uint value) => WriteBits(target, value);

    /// <summary>Writes a zig-zag coded 32-bit integer and returns its length.</summary>
    public static int Write32(Span<byte> target, int value) => WriteBits(target, (uint)((value << 1) ^ (value >> 31)));

    /// <summary>Writes a zig-zag coded 64-bit integer and returns its length.</summary>
    public static int Write64(Span<byte> target, long value) => WriteBits(target, (ulong)((value << 1) ^ (value >> 63)));

    /// <summary>The bytes that a zig-zag coded integer takes, 32-bit or 64-bit.</summary>
    public static int Length(long value)
    {
        var bits = (ulong)((value << 1) ^ (value >> 63));
        return bits == 0 ? 1 : (63 - System.Numerics.BitOperations.LeadingZeroCount(bits)) / 7 + 1;
    }

    private static (ulong Value, int Length) ReadBits(ReadOnlySpan<byte> source, int maxLength)
    {
        ulong value = 0;
        for (var i = 0; i < maxLength && i < source.Length; i++)
        {
            value |= (ulong)(source[i] & 0x7f) << (7 * i);
            if (source[i] < 0x80)
                return i == MaxLength64 - 1 && source[i] > 1 ? (0, 0) : (value, i + 1);
        }

        return (0, 0);
    }

    private static int WriteBits(Span<byte> target, ulong value)
    {
        var length = 0;
        while (value >= 0x80)
        {
            target[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[length++] = (byte)value;
        return length;
    }
}
