using System.Security.Cryptography;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Encryption;

/// <summary>A key as it is listed.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Label">What it is called.</param>
/// <param name="Kind">What opens it.</param>
/// <param name="Created">When it was written.</param>
/// <param name="DataKeys">How many data keys it holds.</param>
/// <param name="IsComplete">Whether it holds every data key that some key of the repository holds; if not, a rotation has not come to its end.</param>
public sealed record RepositoryKeyInfo(Guid Id, string Label, SecretKind Kind, DateTimeOffset Created, int DataKeys, bool IsComplete);

/// <summary>
/// The keys of a repository: listed, added, removed, rotated. Killed anywhere, every secret that opened the repository before opens it still, or its successor does.
/// Order of writing and reasons: FORMAT.md, "Keys".
/// </summary>
public sealed class RepositoryKeys
{
    private const string FirstLabel = "first";

    private readonly IObjectStore store;
    private readonly TimeProvider time;
    private readonly RandomBytes random;
    private readonly Argon2Cost cost;

    /// <summary>The keys of a repository.</summary>
    /// <param name="store">The repository's store, encrypted or not.</param>
    /// <param name="time">The clock, for the time of creation.</param>
    public RepositoryKeys(IObjectStore store, TimeProvider time)
        : this(store, time, null, null)
    {
    }

    internal RepositoryKeys(IObjectStore store, TimeProvider time, RandomBytes? random, Argon2Cost? cost) =>
        (this.store, this.time, this.random, this.cost) = (store is ProtectedObjectStore whole ? whole.Inner : store, time, random ?? RandomNumberGenerator.Fill, cost ?? new Argon2Cost());

    /// <summary>The keys, the oldest first. It takes no secret.</summary>
    /// <exception cref="RepositoryKeyException">The repository is not encrypted.</exception>
    public async Task<IReadOnlyList<RepositoryKeyInfo>> ListAsync(CancellationToken cancellationToken = default)
    {
        var (keys, damage) = await ReadAsync(cancellationToken);
        if (keys.Count == 0)
            throw damage ?? await AbsenceAsync(cancellationToken);
        var all = keys.SelectMany(key => key.Header.DataKeys).ToHashSet();
        return [.. keys.Select(key => new RepositoryKeyInfo(
            key.Header.Id, key.Header.Label, key.Header.Kind, key.Header.Created, key.Header.DataKeys.Count, all.SetEquals(key.Header.DataKeys)))];
    }

    /// <summary>Adds a key.</summary>
    /// <param name="secret">A secret that opens the repository.</param>
    /// <param name="added">The secret that is to open it as well.</param>
    /// <param name="label">What it is called.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The new key's id.</returns>
    public async Task<Guid> AddAsync(RepositorySecret secret, RepositorySecret added, string label, CancellationToken cancellationToken = default)
    {
        var opened = await OpenAsync(secret, cancellationToken);
        return (await WriteAsync(opened.Keyring, added, label, cancellationToken)).Header.Id;
    }

    /// <summary>Removes a key.</summary>
    /// <param name="secret">A secret that opens the repository, and not by this key alone.</param>
    /// <param name="id">The key's id, or how no other one begins.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The id of the removed key.</returns>
    /// <exception cref="NoSuchKeyException">There is none.</exception>
    /// <exception cref="KeyChangeRefusedException">The secret opens the repository by no other key.</exception>
    public async Task<Guid> RemoveAsync(RepositorySecret secret, string id, CancellationToken cancellationToken = default)
    {
        var opened = await OpenAsync(secret, cancellationToken);
        var matching = opened.All.Where(key => id.Length > 0 && key.Header.Id.ToString().StartsWith(id, StringComparison.OrdinalIgnoreCase)).ToList();
        if (matching.Count != 1)
            throw matching.Count == 0 ? new NoSuchKeyException(id) : new KeyChangeRefusedException($"'{id}' is how {matching.Count} keys begin", "give more of the id");
        var remaining = opened.Own.Where(key => key != matching[0]).SelectMany(key => key.Header.DataKeys).ToHashSet();
        if (!opened.All.SelectMany(key => key.Header.DataKeys).All(remaining.Contains))
            throw new KeyChangeRefusedException($"key {matching[0].Header.Id} stays: without it {secret.Source} would not open all of the repository", "open it with another key that does");
        await store.DeleteAsync(matching[0].Name, cancellationToken);
        return matching[0].Header.Id;
    }

    /// <summary>Makes a new data key, for all that is written from now on, and gives it to every secret.</summary>
    /// <param name="secret">A secret that opens the repository.</param>
    /// <param name="successor">What takes its place; null if it stays.</param>
    /// <param name="others">The secrets of all other keys.</param>
    /// <param name="cancellationToken">Stops the call; repeating it is safe.</param>
    /// <returns>The ids of the keys that there are now.</returns>
    /// <exception cref="KeyChangeRefusedException">A key's secret is not among them.</exception>
    public async Task<IReadOnlyList<Guid>> RotateAsync(
        RepositorySecret secret, RepositorySecret? successor, IReadOnlyList<RepositorySecret> others, CancellationToken cancellationToken = default)
    {
        var opened = await OpenAsync(secret, cancellationToken);
        var keyring = opened.Keyring;
        var replaced = new List<(KeyObject Key, RepositorySecret Secret)>(opened.Own.Select(key => (key, successor ?? secret)));
        foreach (var key in opened.All.Except(opened.Own))
        {
            if (await FindOpenerAsync(key, successor is null ? others : [successor, .. others], cancellationToken) is not var (opener, more))
            {
                throw new KeyChangeRefusedException(
                    $"key {key.Header.Id}{(key.Header.Label.Length > 0 ? $" ({key.Header.Label})" : "")} would not get the new data key", "give its secret too (--other-passphrase-file, --other-key-file), or remove the key first");
            }

            replaced.Add((key, opener));
            keyring = Join(keyring, more);
        }

        keyring = keyring with { Keys = [.. keyring.Keys, new DataKey(random.TakeId(), random.Take(DataKey.Bytes))] };
        var ids = new List<Guid>();
        foreach (var group in replaced.GroupBy(r => r.Secret))
            ids.Add((await WriteAsync(keyring, group.Key, group.Last().Key.Header.Label, cancellationToken)).Header.Id);
        foreach (var (key, _) in replaced)
            await store.DeleteAsync(key.Name, cancellationToken);
        return ids;
    }

    /// <summary>Opens the repository's keys.</summary>
    /// <exception cref="RepositoryKeyException">The secret opens none, or there is none.</exception>
    /// <exception cref="DamagedObjectException">The secret opens none, and a damaged one may be its.</exception>
    internal async Task<OpenedKeys> OpenAsync(RepositorySecret secret, CancellationToken cancellationToken)
    {
        var (keys, damage) = await ReadAsync(cancellationToken);
        if (keys.Count == 0)
            throw damage ?? await AbsenceAsync(cancellationToken);
        return await TryOpenAsync(keys, secret, cancellationToken) ?? throw (RepositoryException?)damage ?? RepositoryKeyException.Wrong(secret, keys.Count);
    }

    /// <summary>Opens the keys if there are any, damaged ones included; null if there is none.</summary>
    internal async Task<OpenedKeys?> OpenIfAnyAsync(RepositorySecret secret, CancellationToken cancellationToken) =>
        (await NamesAsync(cancellationToken)).Count == 0 ? null : await OpenAsync(secret, cancellationToken);

    /// <summary>The names of the key objects that there are.</summary>
    internal async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var found in store.ListAsync(RepositoryNames.Keys, cancellationToken))
            names.Add(found.Name);
        return names;
    }

    /// <summary>Makes a first key, of a new repository.</summary>
    internal async Task<OpenedKeys> BeginAsync(RepositorySecret secret, Guid repository, NameVisibility names, CancellationToken cancellationToken)
    {
        var keyring = new Keyring(repository, names, [new DataKey(random.TakeId(), random.Take(DataKey.Bytes))]);
        var key = await WriteAsync(keyring, secret, FirstLabel, cancellationToken);
        return new OpenedKeys(keyring, [key], [key]);
    }

    private static async Task<OpenedKeys?> TryOpenAsync(IReadOnlyList<KeyObject> keys, RepositorySecret secret, CancellationToken cancellationToken)
    {
        Keyring? keyring = null;
        var own = new List<KeyObject>();
        foreach (var key in keys)
        {
            if ((keyring is null || key.Header.Repository == keyring.Repository) && await key.TryOpenAsync(secret, cancellationToken) is { } opened)
            {
                keyring = keyring is null ? opened : Join(keyring, opened);
                own.Add(key);
            }
        }

        return keyring is null ? null : new OpenedKeys(keyring, own, [.. keys.Where(key => key.Header.Repository == keyring.Repository)]);
    }

    /// <summary>All data keys of two, the second one's last.</summary>
    private static Keyring Join(Keyring a, Keyring b)
    {
        var shared = a.Keys.TakeWhile(key => b.Find(key.Id) is not null);
        return a with { Keys = [.. shared, .. a.Keys.Where(key => b.Find(key.Id) is null), .. b.Keys.Where(key => !shared.Any(s => s.Id == key.Id))] };
    }

    private static async Task<(RepositorySecret Opener, Keyring Opened)?> FindOpenerAsync(
        KeyObject key, IReadOnlyList<RepositorySecret> secrets, CancellationToken cancellationToken)
    {
        foreach (var secret in secrets)
        {
            if (await key.TryOpenAsync(secret, cancellationToken) is { } opened)
                return (secret, opened);
        }

        return null;
    }

    private async Task<KeyObject> WriteAsync(Keyring keyring, RepositorySecret secret, string label, CancellationToken cancellationToken)
    {
        var key = await KeyObject.CreateAsync(keyring, secret, label, cost, time.GetUtcNow(), random, cancellationToken);
        await store.CreateAsync(key.Name, key.ToBytes(), cancellationToken);
        return key;
    }

    /// <summary>The repository's key objects, the oldest first, and what is wrong with one that could not be read. Those of other repositories do not count.</summary>
    private async Task<(IReadOnlyList<KeyObject> Keys, DamagedObjectException? Damage)> ReadAsync(CancellationToken cancellationToken)
    {
        var keys = new List<KeyObject>();
        DamagedObjectException? damage = null;
        foreach (var name in await NamesAsync(cancellationToken))
        {
            try
            {
                keys.Add(KeyObject.Read(name, await store.ReadAllAsync(name, cancellationToken)));
            }
            catch (DamagedObjectException e)
            {
                damage = e;
            }
            catch (ObjectNotFoundException)
            {
                // Removed since it was listed.
            }
        }

        var id = await RepositoryIdAsync(cancellationToken);
        return ([.. keys.Where(key => id is null || key.Header.Repository == id).OrderBy(key => key.Header.Created).ThenBy(key => key.Header.Id)], damage);
    }

    /// <summary>The id that repository.json says; null if it does not say one.</summary>
    private async Task<Guid?> RepositoryIdAsync(CancellationToken cancellationToken)
    {
        try
        {
            return EncryptedRepository.TryRead(await store.ReadAllAsync(RepositoryNames.Repository, cancellationToken))?.Id;
        }
        catch (Exception e) when (e is ObjectNotFoundException or DamagedObjectException)
        {
            return null;
        }
    }

    private async Task<RepositoryException> AbsenceAsync(CancellationToken cancellationToken) =>
        await store.GetLengthAsync(RepositoryNames.Repository, cancellationToken) is null ? new NotARepositoryException(store.Location)
        : await RepositoryIdAsync(cancellationToken) is null ? RepositoryKeyException.NotEncrypted()
        : new DamagedObjectException(RepositoryNames.Keys, "the repository is encrypted, and has no keys");
}

/// <summary>What a secret has opened.</summary>
/// <param name="Keyring">The data keys.</param>
/// <param name="Own">The key objects that it opened.</param>
/// <param name="All">All key objects of the repository.</param>
internal sealed record OpenedKeys(Keyring Keyring, IReadOnlyList<KeyObject> Own, IReadOnlyList<KeyObject> All);
