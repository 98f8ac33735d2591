namespace KafkaBackup.Repository.Encryption;

/// <summary>The first bytes of an encrypted object: which data key, and the salt of its subkey. Source: FORMAT.md, "Encrypted objects".</summary>
internal static class EncryptedHeader
{
    public const int Bytes = 56;
    public const int SaltBytes = 32;

    private const int KeyIdStart = 8;
    private const int KeyIdBytes = 16;
    private const int SaltStart = KeyIdStart + KeyIdBytes;

    private static ReadOnlySpan<byte> Magic => "KBEO\x1\0\0\0"u8;

    public static byte[] Create(Guid keyId, ReadOnlySpan<byte> salt)
    {
        var header = new byte[Bytes];
        Magic.CopyTo(header);
        keyId.TryWriteBytes(header.AsSpan(KeyIdStart), bigEndian: true, out _);
        salt.CopyTo(header.AsSpan(SaltStart));
        return header;
    }

    /// <summary>The id of the data key; null if these are not the first bytes of an encrypted object.</summary>
    public static Guid? KeyIdOf(ReadOnlySpan<byte> header) =>
        header.Length == Bytes && header.StartsWith(Magic) ? new Guid(header.Slice(KeyIdStart, KeyIdBytes), bigEndian: true) : null;

    public static ReadOnlySpan<byte> SaltOf(ReadOnlySpan<byte> header) => header.Slice(SaltStart, SaltBytes);
}
