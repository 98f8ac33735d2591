using System.Runtime.CompilerServices;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Encryption;

/// <summary>
/// The store of a repository for which a secret is known. When it is first used it opens the repository's keys, and is from then on the store of the plain
/// objects. A repository that is made through it is encrypted. Every member may throw <see cref="RepositoryKeyException"/>; reading ones throw
/// <see cref="DamagedObjectException"/> for what does not decrypt.
/// </summary>
/// <param name="inner">Where the repository lies.</param>
/// <param name="source">Where its secret is to be had.</param>
/// <param name="names">Whether a repository that is made here hides topics' names.</param>
/// <param name="time">The clock, for times of creation.</param>
public sealed class ProtectedObjectStore(IObjectStore inner, ISecretSource source, NameVisibility names, TimeProvider time) : IObjectStore
{
    private readonly RepositoryKeys keys = new(inner, time);
    private readonly SemaphoreSlim gate = new(1, 1);
    private volatile IObjectStore? opened;
    private IReadOnlyList<string> knownKeys = [];

    /// <summary>Where the repository lies, as it is stored.</summary>
    internal IObjectStore Inner => inner;

    /// <summary>Whether it has turned out that the repository is encrypted.</summary>
    internal bool IsDecrypting => opened is EncryptedObjectStore;

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public async Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        await (await ToWriteAsync(cancellationToken)).CreateAsync(name, content, cancellationToken);

    /// <inheritdoc/>
    public async Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) =>
        await (await ToWriteAsync(cancellationToken)).BeginUploadAsync(name, cancellationToken);

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default) =>
        await (await ToReadAsync(cancellationToken)).OpenReadAsync(name, offset, length, cancellationToken);

    /// <inheritdoc/>
    public async Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) =>
        await (await ToReadAsync(cancellationToken)).GetLengthAsync(name, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var found in (await ToReadAsync(cancellationToken)).ListAsync(prefix, cancellationToken))
            yield return found;
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        await (await ToWriteAsync(cancellationToken)).DeleteAsync(name, cancellationToken);

    /// <summary>Opens the keys now, if the repository is there: so that a wrong secret is told before anything is begun.</summary>
    /// <exception cref="RepositoryKeyException">The secret is not there, or opens nothing.</exception>
    public async Task OpenKeysAsync(CancellationToken cancellationToken = default) => await ToReadAsync(cancellationToken);

    /// <summary>The secret, asked for now.</summary>
    /// <exception cref="RepositoryKeyException">It is not there.</exception>
    public Task<RepositorySecret> ReadSecretAsync(CancellationToken cancellationToken = default) => source.ReadAsync(cancellationToken);

    /// <summary>Makes an encrypted repository where there is none. Of several that do so at once, one makes it.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Stops the call; repeating it goes on.</param>
    /// <returns>False if it is not to be encrypted.</returns>
    internal async Task<bool> TryBeginAsync(Guid id, CancellationToken cancellationToken)
    {
        if (source.IsOnDemand && (await keys.NamesAsync(cancellationToken)).Count == 0)
            return false;
        var secret = await source.ReadAsync(cancellationToken);
        var begun = await keys.OpenIfAnyAsync(secret, cancellationToken);
        var mine = begun ?? await keys.BeginAsync(secret, id, names, cancellationToken);
        var ring = mine.Keyring;
        try
        {
            await inner.CreateAsync(RepositoryNames.Repository, EncryptedRepository.Write(ring.Repository, time.GetUtcNow(), ring.Names), cancellationToken);
        }
        catch (ObjectConflictException)
        {
            // Another one was faster. If it made another repository, the key made here is of none; theirs are opened next.
            if (begun is null && (await ReadHeaderAsync(cancellationToken)).Header?.Id != ring.Repository)
                await inner.DeleteAsync(mine.Own[0].Name, cancellationToken);
        }

        return true;
    }

    /// <summary>Checks what listings of hidden names need.</summary>
    internal async IAsyncEnumerable<DamagedObjectException> VerifyNamesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await ToReadAsync(cancellationToken) is EncryptedObjectStore encrypted)
            await foreach (var damage in encrypted.VerifyNamesAsync(cancellationToken))
                yield return damage;
    }

    /// <summary>Where there is nothing yet, nothing is found.</summary>
    private async ValueTask<IObjectStore> ToReadAsync(CancellationToken cancellationToken) => opened ?? await OpenAsync(cancellationToken) ?? inner;

    /// <summary>Nothing is written unencrypted because a repository is not there yet.</summary>
    private async ValueTask<IObjectStore> ToWriteAsync(CancellationToken cancellationToken) =>
        opened ?? await OpenAsync(cancellationToken) ?? (source.IsOnDemand ? inner : throw new NotARepositoryException(Location));

    private async Task<IObjectStore?> OpenAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            return opened ??= await TryOpenAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<IObjectStore?> TryOpenAsync(CancellationToken cancellationToken)
    {
        // In this order: whoever makes a repository writes its first key before the header, so where there is a header there is a key by now.
        var (isThere, header) = await ReadHeaderAsync(cancellationToken);
        knownKeys = await keys.NamesAsync(cancellationToken);
        if (knownKeys.Count == 0)
        {
            return !isThere ? null
                : header is not null ? throw new DamagedObjectException(RepositoryNames.Keys, "the repository is encrypted, and has no keys")
                : source.IsOnDemand ? inner
                : throw RepositoryKeyException.NotEncrypted();
        }

        var ring = (await keys.OpenAsync(await source.ReadAsync(cancellationToken), cancellationToken)).Keyring;
        if (header is not null && header.Names != ring.Names)
            throw new DamagedObjectException(RepositoryNames.Repository, "what it says of names is not what the keys say");
        return new EncryptedObjectStore(inner, ring, ReloadAsync);
    }

    /// <summary>Whether repository.json is there, and what it says if it is whole, and of an encrypted repository. Keys are opened without it, so that damage in it can be told.</summary>
    private async Task<(bool IsThere, EncryptedRepositoryHeader? Header)> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (true, EncryptedRepository.TryRead(await inner.ReadAllAsync(RepositoryNames.Repository, cancellationToken)));
        }
        catch (ObjectNotFoundException)
        {
            return (false, null);
        }
        catch (DamagedObjectException)
        {
            return (true, null);
        }
    }

    /// <summary>Opens the keys again if there are others than before; null if not.</summary>
    private async Task<Keyring?> ReloadAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            var now = await keys.NamesAsync(cancellationToken);
            if (now.SequenceEqual(knownKeys))
                return null;
            knownKeys = now;
            return (await keys.OpenAsync(await source.ReadAsync(cancellationToken), cancellationToken)).Keyring;
        }
        finally
        {
            gate.Release();
        }
    }
}
