using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace KafkaBackup.Protocol.Records;

/// <summary>CRC-32C (Castagnoli), the checksum of a record batch, from its attributes to its end. Source: RFC 3720, B.4.</summary>
public static class Crc32C
{
    /// <summary>The polynomial, bits in the order of the wire: the highest power is the lowest bit. Source: RFC 3720, B.4.</summary>
    private const uint Polynomial = 0x82F63B78;

    /// <summary>The power 0 of x, in that order.</summary>
    private const uint One = 1U << 31;

    /// <summary>From so many bytes on, putting three results together costs less than it gains.</summary>
    private const int LeastForThree = 32 << 10;

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
        return crc ^ Multiply(Advance(0, before) ^ Advance(0, after), FactorOf(following));
    }

    // Optimized at its first call: compiled ahead or at first glance, each step is a call of its own, and a run of a few seconds has had most of its steps by then.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Advance(uint crc, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= LeastForThree)
        {
            var third = bytes.Length / 3 / sizeof(ulong) * sizeof(ulong);
            crc = AdvanceThree(crc, bytes[..third], bytes.Slice(third, third), bytes.Slice(2 * third, third));
            bytes = bytes[(3 * third)..];
        }

        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }

    // A step waits for the one before: three spans at a time fill what a processor would wait.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint AdvanceThree(uint crc, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        var (crc2, crc3) = (0U, 0U);
        for (var i = 0; i < first.Length; i += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(first[i..]));
            crc2 = BitOperations.Crc32C(crc2, BinaryPrimitives.ReadUInt64LittleEndian(second[i..]));
            crc3 = BitOperations.Crc32C(crc3, BinaryPrimitives.ReadUInt64LittleEndian(third[i..]));
        }

        var factor = FactorOf(first.Length);
        return Multiply(Multiply(crc, factor) ^ crc2, factor) ^ crc3;
    }

    /// <summary>What a difference is to be multiplied with for so many bytes that follow: a checksum is linear, and each bit is a factor of x.</summary>
    private static uint FactorOf(int bytes)
    {
        var factor = One;
        for (var (bits, power) = (bytes * 8L, 0); bits > 0; bits >>= 1, power++)
        {
            if ((bits & 1) != 0)
                factor = Multiply(factor, Powers[power]);
        }

        return factor;
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
