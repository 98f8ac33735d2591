using System.Buffers.Binary;
using System.Numerics;

namespace KafkaBackup.Protocol.Records;

/// <summary>CRC-32C (Castagnoli), the checksum of a record batch, from its attributes to its end. Source: RFC 3720, B.4.</summary>
public static class Crc32C
{
    /// <summary>The polynomial, bits in the order of the wire: the highest power is the lowest bit. Source: RFC 3720, B.4.</summary>
    private const uint Polynomial = 0x82F63B78;

    /// <summary>The power 0 of x, in that order.</summary>
    private const uint One = 1U << 31;

    /// <summary>x to the powers 1, 2, 4, 8, ... modulo the polynomial: up to eight times the longest span.</summary>
    private static readonly uint[] Powers = [.. PowersOfTwo().Take(35)];

    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => ~Advance(uint.MaxValue, bytes);

    /// <summary>
    /// The checksum of bytes whose beginning was replaced by as many others, from the one that they had: what follows is not looked at, so
    /// that damage to it shows after the replacement as before.
    /// </summary>
    /// <param name="crc">The checksum with <paramref name="before"/>.</param>
    /// <param name="before">How the bytes began.</param>
    /// <param name="after">How they begin now.</param>
    /// <param name="following">How many bytes follow.</param>
    public static uint Replace(uint crc, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, int following)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(after.Length, before.Length);
        ArgumentOutOfRangeException.ThrowIfNegative(following);
        // A checksum is linear: the difference that the beginnings make, times x for each bit that follows, is the difference at the end.
        var difference = Advance(0, before) ^ Advance(0, after);
        for (var (bits, power) = ((long)following * 8, 0); bits > 0; bits >>= 1, power++)
        {
            if ((bits & 1) != 0)
                difference = Multiply(difference, Powers[power]);
        }

        return crc ^ difference;
    }

    private static uint Advance(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }

    private static IEnumerable<uint> PowersOfTwo()
    {
        for (var power = One >> 1; ; power = Multiply(power, power))
            yield return power;
    }

    /// <summary>The product of two polynomials, modulo the one of the checksum.</summary>
    private static uint Multiply(uint a, uint b)
    {
        var product = 0U;
        for (; a != 0; a <<= 1)
        {
            if ((a & One) != 0)
                product ^= b;
            b = (b >> 1) ^ ((b & 1) * Polynomial);
        }

        return product;
    }
}
