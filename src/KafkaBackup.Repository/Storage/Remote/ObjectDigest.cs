using System.Security.Cryptography;

namespace KafkaBackup.Repository.Storage.Remote;

/// <summary>What an object's bytes have to be, without the bytes.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">The SHA-256 of the bytes.</param>
public sealed record ObjectDigest(long Length, ReadOnlyMemory<byte> Sha256)
{
    /// <summary>That of bytes.</summary>
    public static ObjectDigest Of(ReadOnlySpan<byte> content) => new(content.Length, SHA256.HashData(content));
}
