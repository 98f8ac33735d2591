namespace KafkaBackup.Repository.Encryption;

/// <summary>Fills a span with bytes that nobody can guess: <see cref="System.Security.Cryptography.RandomNumberGenerator"/>, but for test vectors.</summary>
internal delegate void RandomBytes(Span<byte> bytes);

internal static class RandomBytesExtensions
{
    public static byte[] Take(this RandomBytes random, int count)
    {
        var bytes = new byte[count];
        random(bytes);
        return bytes;
    }

    /// <summary>A random UUID (version 4).</summary>
    public static Guid TakeId(this RandomBytes random)
    {
        var bytes = random.Take(16);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
