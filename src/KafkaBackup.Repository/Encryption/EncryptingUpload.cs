using System.Buffers;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Encryption;

/// <summary>Encrypts what is written, chunk by chunk. The last chunk is known at the commit only, so a full one waits until there is more.</summary>
internal sealed class EncryptingUpload(EncryptedObjectStore store, string name, IObjectUpload stored, byte[] header, ObjectCipher cipher, RandomBytes random)
    : IObjectUpload
{
    private const int ChunksAtOnce = 8;

    private readonly ContentFingerprint fingerprint = new(random);
    private byte[] gathered = ArrayPool<byte>.Shared.Rent(EncryptedLayout.ChunkBytes);
    private byte[] encrypted = ArrayPool<byte>.Shared.Rent(ChunksAtOnce * EncryptedLayout.StoredChunkBytes);
    private int gatheredCount;
    private int encryptedCount;
    private long chunk;

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        while (bytes.Length > 0)
        {
            if (gatheredCount == EncryptedLayout.ChunkBytes)
            {
                await EncryptAsync(gathered.AsMemory(0, gatheredCount), isLast: false, cancellationToken);
                gatheredCount = 0;
            }

            // What is certain to be followed by more needs no gathering.
            for (; gatheredCount == 0 && bytes.Length > EncryptedLayout.ChunkBytes; bytes = bytes[EncryptedLayout.ChunkBytes..])
                await EncryptAsync(bytes[..EncryptedLayout.ChunkBytes], isLast: false, cancellationToken);
            var count = Math.Min(bytes.Length, EncryptedLayout.ChunkBytes - gatheredCount);
            bytes[..count].CopyTo(gathered.AsMemory(gatheredCount));
            gatheredCount += count;
            bytes = bytes[count..];
        }
    }

    /// <inheritdoc/>
    public async Task<CreateOutcome> CommitAsync(CancellationToken cancellationToken = default)
    {
        await EncryptAsync(gathered.AsMemory(0, gatheredCount), isLast: true, cancellationToken);
        await FlushAsync(cancellationToken);
        try
        {
            return await stored.CommitAsync(cancellationToken);
        }
        catch (ObjectConflictException)
        {
            return await store.IsThereAsync(name, fingerprint.Length, fingerprint.IsOfAsync, cancellationToken)
                ? CreateOutcome.AlreadyThere
                : throw new ObjectConflictException(name);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stored.DisposeAsync();
        if (gathered.Length == 0)
            return;
        cipher.Dispose();
        fingerprint.Dispose();
        ArrayPool<byte>.Shared.Return(gathered, clearArray: true);
        ArrayPool<byte>.Shared.Return(encrypted);
        (gathered, encrypted) = ([], []);
    }

    private async ValueTask EncryptAsync(ReadOnlyMemory<byte> plain, bool isLast, CancellationToken cancellationToken)
    {
        if (chunk == 0)
            await stored.WriteAsync(header, cancellationToken);
        if (encryptedCount == ChunksAtOnce * EncryptedLayout.StoredChunkBytes)
            await FlushAsync(cancellationToken);
        fingerprint.Add(plain.Span);
        cipher.Encrypt(chunk++, isLast, plain.Span, encrypted.AsSpan(encryptedCount));
        encryptedCount += plain.Length + EncryptedLayout.TagBytes;
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await stored.WriteAsync(encrypted.AsMemory(0, encryptedCount), cancellationToken);
        encryptedCount = 0;
    }
}
