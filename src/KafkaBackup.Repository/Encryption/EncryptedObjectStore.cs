using System.Collections.Concurrent;
using System.Security.Cryptography;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Encryption;

/// <summary>
/// A store whose objects are encrypted in another one. Lengths, ranges and names are those of the plain objects. Format and reasons: FORMAT.md, "Encryption".
/// Reading throws <see cref="DamagedObjectException"/> for what does not decrypt.
/// </summary>
internal sealed class EncryptedObjectStore : IObjectStore
{
    private const int MostHeaders = 1024;

    private readonly IObjectStore inner;
    private readonly Func<CancellationToken, Task<Keyring?>>? reload;
    private readonly RandomBytes random;
    private readonly NameTable? names;
    private readonly ConcurrentDictionary<string, byte[]> headers = new(StringComparer.Ordinal);
    private Keyring keyring;

    /// <param name="inner">Where the encrypted objects are.</param>
    /// <param name="keyring">The data keys.</param>
    /// <param name="reload">Looks for data keys that were made since; null if there are none.</param>
    /// <param name="random">Where salts come from.</param>
    public EncryptedObjectStore(IObjectStore inner, Keyring keyring, Func<CancellationToken, Task<Keyring?>>? reload = null, RandomBytes? random = null)
    {
        (this.inner, this.keyring, this.reload, this.random) = (inner, keyring, reload, random ?? RandomNumberGenerator.Fill);
        names = keyring.Names == NameVisibility.Hidden ? new NameTable(this, inner, new HiddenNames(keyring.DeriveNameKey())) : null;
    }

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public async Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        if (IsPlain(name))
            return await inner.CreateAsync(name, content, cancellationToken);
        var stored = await StoreNameAsync(name, cancellationToken);
        try
        {
            return await inner.CreateAsync(stored, Encrypt(stored, content.Span), cancellationToken);
        }
        catch (ObjectConflictException)
        {
            return await IsThereAsync(name, content.Length, IsEqualAsync, cancellationToken) ? CreateOutcome.AlreadyThere : throw new ObjectConflictException(name);
        }

        async Task<bool> IsEqualAsync(Stream there, CancellationToken cancellation)
        {
            var bytes = new byte[content.Length + 1];
            return await there.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation) == content.Length
                && content.Span.SequenceEqual(bytes.AsSpan(..^1));
        }
    }

    /// <inheritdoc/>
    public async Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default)
    {
        if (IsPlain(name))
            return await inner.BeginUploadAsync(name, cancellationToken);
        var stored = await StoreNameAsync(name, cancellationToken);
        var upload = await inner.BeginUploadAsync(stored, cancellationToken);
        var key = keyring.Current;
        var header = EncryptedHeader.Create(key.Id, random.Take(EncryptedHeader.SaltBytes));
        return new EncryptingUpload(this, name, upload, header, new ObjectCipher(key, header, stored), random);
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        if (IsPlain(name))
            return await inner.OpenReadAsync(name, offset, length, cancellationToken);
        var stored = NameInStore(name);
        try
        {
            return offset < EncryptedLayout.ChunkBytes
                ? await OpenFromStartAsync(name, stored, offset, length, cancellationToken)
                : await OpenFromMiddleAsync(name, stored, offset, length, cancellationToken);
        }
        catch (ObjectNotFoundException e) when (e.Name != name)
        {
            throw new ObjectNotFoundException(name, e);
        }
    }

    /// <inheritdoc/>
    public async Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) =>
        IsPlain(name) ? await inner.GetLengthAsync(name, cancellationToken)
        : await inner.GetLengthAsync(NameInStore(name), cancellationToken) is { } length ? EncryptedLayout.PlainLength(length)
        : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var found in names?.ListAsync(ObjectName.CheckPrefix(prefix), cancellationToken) ?? inner.ListAsync(prefix, cancellationToken))
            yield return IsPlain(found.Name) ? found : found with { Length = EncryptedLayout.PlainLength(found.Length) };
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        var stored = IsPlain(name) ? name : NameInStore(name);
        headers.TryRemove(stored, out _);
        return inner.DeleteAsync(stored, cancellationToken);
    }

    /// <summary>Whether an object is there with this content. What is there and does not decrypt is other content.</summary>
    internal async Task<bool> IsThereAsync(string name, long length, Func<Stream, CancellationToken, Task<bool>> isContent, CancellationToken cancellationToken)
    {
        try
        {
            if (await GetLengthAsync(name, cancellationToken) != length)
                return false;
            await using var there = await OpenReadAsync(name, cancellationToken: cancellationToken);
            return await isContent(there, cancellationToken);
        }
        catch (Exception e) when (e is DamagedObjectException or ObjectNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Checks the objects that hidden names are listed by.</summary>
    internal IAsyncEnumerable<DamagedObjectException> VerifyNamesAsync(CancellationToken cancellationToken) =>
        names?.VerifyAsync(cancellationToken) ?? AsyncEnumerable.Empty<DamagedObjectException>();

    private static bool IsPlain(string name) => name == RepositoryNames.Repository || name.StartsWith(RepositoryNames.Keys, StringComparison.Ordinal);

    private string NameInStore(string name) => names?.InStore(ObjectName.Check(name)) ?? name;

    /// <summary>The name in the store, of an object that is going to be written.</summary>
    private ValueTask<string> StoreNameAsync(string name, CancellationToken cancellationToken) =>
        names?.RegisterAsync(ObjectName.Check(name), cancellationToken) ?? ValueTask.FromResult(name);

    private byte[] Encrypt(string stored, ReadOnlySpan<byte> content)
    {
        var key = keyring.Current;
        var bytes = new byte[EncryptedLayout.StoredLength(content.Length)];
        var header = EncryptedHeader.Create(key.Id, random.Take(EncryptedHeader.SaltBytes));
        header.CopyTo(bytes, 0);
        using var cipher = new ObjectCipher(key, header, stored);
        for (var (chunk, isLast) = (0L, false); !isLast; chunk++)
        {
            var start = (int)chunk * EncryptedLayout.ChunkBytes;
            var count = Math.Min(EncryptedLayout.ChunkBytes, content.Length - start);
            isLast = start + count == content.Length;
            cipher.Encrypt(chunk, isLast, content.Slice(start, count), bytes.AsSpan((int)EncryptedLayout.PositionOf(chunk)));
        }

        return bytes;
    }

    private async Task<Stream> OpenFromStartAsync(string name, string stored, long offset, long? length, CancellationToken cancellationToken)
    {
        var bytes = DecryptingStream.ChunksFor(offset, length) is { } chunks ? EncryptedLayout.PositionOf(chunks) + 1 : (long?)null;
        var stream = await inner.OpenReadAsync(stored, 0, bytes, cancellationToken);
        try
        {
            var header = await ReadHeaderAsync(name, stream, cancellationToken);
            return new DecryptingStream(stream, await CipherAsync(name, stored, header, cancellationToken), name, offset, length);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private async Task<Stream> OpenFromMiddleAsync(string name, string stored, long offset, long? length, CancellationToken cancellationToken)
    {
        if (!headers.TryGetValue(stored, out var header))
        {
            await using var beginning = await inner.OpenReadAsync(stored, 0, EncryptedHeader.Bytes, cancellationToken);
            header = await ReadHeaderAsync(name, beginning, cancellationToken);
            if (headers.Count >= MostHeaders)
                headers.Clear();
            headers[stored] = header;
        }

        if (offset >= EncryptedLayout.LargestOffset)
            return Stream.Null;
        var cipher = await CipherAsync(name, stored, header, cancellationToken);
        try
        {
            var bytes = DecryptingStream.ChunksFor(offset, length) is { } chunks ? (chunks * EncryptedLayout.StoredChunkBytes) + 1 : (long?)null;
            var stream = await inner.OpenReadAsync(stored, EncryptedLayout.PositionOf(offset / EncryptedLayout.ChunkBytes), bytes, cancellationToken);
            return new DecryptingStream(stream, cipher, name, offset, length);
        }
        catch
        {
            cipher.Dispose();
            throw;
        }
    }

    private static async Task<byte[]> ReadHeaderAsync(string name, Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[EncryptedHeader.Bytes];
        var count = await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken);
        return count == header.Length && EncryptedHeader.KeyIdOf(header) is not null
            ? header
            : throw new DamagedObjectException(name, "it does not begin as an encrypted object does");
    }

    private async ValueTask<ObjectCipher> CipherAsync(string name, string stored, byte[] header, CancellationToken cancellationToken)
    {
        var id = EncryptedHeader.KeyIdOf(header)!.Value;
        if (keyring.Find(id) is null && reload is not null && await reload(cancellationToken) is { } newer)
            keyring = newer;
        var key = keyring.Find(id) ?? throw new DamagedObjectException(name, $"it is encrypted with data key {id}, which no key object that was opened holds");
        return new ObjectCipher(key, header, stored);
    }
}
