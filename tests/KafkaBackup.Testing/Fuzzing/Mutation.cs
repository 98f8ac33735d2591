using System.Buffers.Binary;

namespace KafkaBackup.Testing.Fuzzing;

/// <summary>Damages bytes in the ways in which bytes are damaged: bits, lengths, pieces that are missing or there twice.</summary>
public static class Mutation
{
    private static readonly long[] Extremes = [0, -1, 1, 127, 128, 255, 256, short.MaxValue, short.MinValue, ushort.MaxValue, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue];

    /// <summary>One to four kinds of damage, one upon the other.</summary>
    public static byte[] Of(byte[] original, Random random)
    {
        var bytes = (byte[])original.Clone();
        for (var n = random.Next(1, 5); n > 0; n--)
            bytes = Once(bytes, random);
        return bytes;
    }

    private static byte[] Once(byte[] bytes, Random random)
    {
        if (bytes.Length == 0)
            return [(byte)random.Next(256)];
        // Lengths and counts stand at the beginning: half of the damage is done there.
        var at = random.Next(2) == 0 ? random.Next(Math.Min(bytes.Length, 80)) : random.Next(bytes.Length);
        switch (random.Next(8))
        {
            case 0 or 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 2:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 3:
                return Number(bytes, at, random);
            case 4:
                return bytes[..at];
            case 5:
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 32))..]];
            case 6:
                var piece = bytes[at..Math.Min(bytes.Length, at + random.Next(1, 64))];
                return [.. bytes[..at], .. piece, .. bytes[at..]];
            default:
                random.NextBytes(bytes.AsSpan(at, Math.Min(bytes.Length - at, random.Next(1, 16))));
                return bytes;
        }
    }

    private static byte[] Number(byte[] bytes, int at, Random random)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, Extremes[random.Next(Extremes.Length)]);
        var size = 1 << random.Next(1, 4);
        number[(8 - size)..][..Math.Min(size, bytes.Length - at)].CopyTo(bytes.AsSpan(at));
        return bytes;
    }
}

/// <summary>Runs inputs, and keeps what is to be said of them.</summary>
/// <param name="expected">Exceptions that are a clear refusal.</param>
public sealed class FuzzRun(params Type[] expected)
{
    /// <summary>Inputs that were read all the same.</summary>
    public int Read { get; private set; }

    /// <summary>Inputs that were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>The most that one input made the reader allocate on the managed heap, in bytes.</summary>
    public long MostAllocated { get; private set; }

    /// <summary>Reads an input; every other exception than a refusal goes on to the test.</summary>
    public void Try(Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read();
            Read++;
        }
        catch (Exception e) when (expected.Contains(e.GetType()))
        {
            if (string.IsNullOrWhiteSpace(e.Message))
                throw new InvalidOperationException("a refusal that says nothing", e);
            Refused++;
        }

        MostAllocated = Math.Max(MostAllocated, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    public override string ToString() => $"{Read + Refused} inputs, {Read} read, {Refused} refused, at most {MostAllocated / 1024.0:0} KiB allocated for one";
}
