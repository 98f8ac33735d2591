using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KafkaBackup.Repository.Encryption;

/// <summary>
/// Tells whether other content equals what was written, when that is gone: a GMAC of each chunk, under a key that lives as long as this object and is known to
/// nobody. It costs a fraction of a SHA-256 of the content, and all writing pays for it, while hardly any write meets a taken name.
/// </summary>
internal sealed class ContentFingerprint(RandomBytes random) : IDisposable
{
    private const int NonceBytes = 12;

    private readonly byte[] key = random.Take(DataKey.Bytes);
    private readonly List<UInt128> tags = [];
    private AesGcm? gmac;
    private long length;

    /// <summary>Bytes written.</summary>
    public long Length => length;

    /// <summary>Adds the next chunk: all but the last have the same size.</summary>
    public void Add(ReadOnlySpan<byte> chunk)
    {
        tags.Add(TagOf(tags.Count, chunk));
        length += chunk.Length;
    }

    /// <summary>Whether a stream has the content that was added.</summary>
    public async Task<bool> IsOfAsync(Stream content, CancellationToken cancellationToken)
    {
        var chunk = new byte[EncryptedLayout.ChunkBytes];
        for (var i = 0; i < tags.Count; i++)
        {
            var count = await content.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, cancellationToken);
            if (TagOf(i, chunk.AsSpan(0, count)) != tags[i])
                return false;
        }

        return await content.ReadAsync(chunk, cancellationToken) == 0;
    }

    public void Dispose()
    {
        gmac?.Dispose();
        CryptographicOperations.ZeroMemory(key);
    }

    private UInt128 TagOf(int number, ReadOnlySpan<byte> chunk)
    {
        gmac ??= new AesGcm(key, EncryptedLayout.TagBytes);
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Span<byte> tag = stackalloc byte[EncryptedLayout.TagBytes];
        nonce.Clear();
        BinaryPrimitives.WriteInt32BigEndian(nonce, number);
        gmac.Encrypt(nonce, [], [], tag, chunk);
        return BinaryPrimitives.ReadUInt128BigEndian(tag);
    }
}
