using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KafkaBackup.Repository.Encryption;

/// <summary>Encrypts and decrypts the chunks of one object, under its own subkey. Source: FORMAT.md, "Encrypted objects".</summary>
internal sealed class ObjectCipher : IDisposable
{
    private const int NonceBytes = 12;

    private readonly AesGcm cipher;
    private readonly byte[] associated;

    /// <param name="key">The data key that the header names.</param>
    /// <param name="header">The object's first bytes.</param>
    /// <param name="storedName">The object's name as the store has it.</param>
    public ObjectCipher(DataKey key, ReadOnlySpan<byte> header, string storedName)
    {
        Span<byte> subkey = stackalloc byte[DataKey.Bytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Secret, subkey, EncryptedHeader.SaltOf(header), "kafka-backup object 1"u8);
        cipher = new AesGcm(subkey, EncryptedLayout.TagBytes);
        CryptographicOperations.ZeroMemory(subkey);
        associated = [.. header, .. Encoding.ASCII.GetBytes(storedName)];
    }

    /// <param name="number">The chunk's number, from 0.</param>
    /// <param name="isLast">Whether it is the object's last.</param>
    /// <param name="plain">Its content.</param>
    /// <param name="stored">Takes the ciphertext and its tag.</param>
    public void Encrypt(long number, bool isLast, ReadOnlySpan<byte> plain, Span<byte> stored)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce, number, isLast);
        cipher.Encrypt(nonce, plain, stored[..plain.Length], stored.Slice(plain.Length, EncryptedLayout.TagBytes), associated);
    }

    /// <summary>Decrypts a chunk where it lies; its tag is left behind it.</summary>
    /// <returns>False if it is not the chunk that was encrypted.</returns>
    public bool TryDecrypt(long number, bool isLast, Span<byte> stored)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce, number, isLast);
        var content = stored[..^EncryptedLayout.TagBytes];
        try
        {
            cipher.Decrypt(nonce, content, stored[^EncryptedLayout.TagBytes..], content, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => cipher.Dispose();

    private static void WriteNonce(Span<byte> nonce, long number, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[3..], number);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
    }
}
