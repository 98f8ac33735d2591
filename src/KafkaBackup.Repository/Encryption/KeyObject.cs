using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Encryption;

/// <summary>A key object: the data keys, wrapped by one secret. Source: FORMAT.md, "Keys".</summary>
/// <param name="Header">What it says openly.</param>
/// <param name="Authenticated">All of its bytes before the wrapped keys.</param>
/// <param name="Wrapped">The wrapped keys.</param>
internal sealed record KeyObject(KeyHeader Header, byte[] Authenticated, byte[] Wrapped)
{
    private const int Version = 1;
    private const int NonceBytes = 12;
    private const int SaltBytes = 32;

    public string Name => NameOf(Header.Id);

    private static ReadOnlySpan<byte> BeforeWrapped => ",\"wrapped\":\""u8;

    public static string NameOf(Guid id) => $"{RepositoryNames.Keys}{id}.json";

    /// <summary>Wraps data keys by a secret.</summary>
    public static async Task<KeyObject> CreateAsync(
        Keyring keyring, RepositorySecret secret, string label, Argon2Cost cost, DateTimeOffset created, RandomBytes random, CancellationToken cancellationToken)
    {
        var header = new KeyHeader(
            RepositoryNames.KeyFormat, Version, random.TakeId(), keyring.Repository, keyring.Names, label, created, secret.Kind,
            secret.Kind == SecretKind.Passphrase ? cost : null, random.Take(SaltBytes), [.. keyring.Keys.Select(key => key.Id)]);
        var authenticated = JsonSerializer.SerializeToUtf8Bytes(header, RepositoryJson.Default.KeyHeader)[..^1];
        var plain = keyring.Keys.SelectMany(key => key.Secret).ToArray();
        var wrapped = new byte[plain.Length + EncryptedLayout.TagBytes];
        using var cipher = new AesGcm(await secret.DeriveAsync(header, cancellationToken), EncryptedLayout.TagBytes);
        cipher.Encrypt(new byte[NonceBytes], plain, wrapped.AsSpan(..plain.Length), wrapped.AsSpan(plain.Length), authenticated);
        CryptographicOperations.ZeroMemory(plain);
        return new KeyObject(header, authenticated, wrapped);
    }

    /// <summary>Reads a key object.</summary>
    /// <exception cref="DamagedObjectException">It is none.</exception>
    /// <exception cref="UnsupportedFormatException">It is of another version.</exception>
    public static KeyObject Read(string name, byte[] json)
    {
        Checksum.Check(name, json);
        var at = json.AsSpan().LastIndexOf(BeforeWrapped);
        var rest = at < 0 ? [] : json.AsSpan(at + BeforeWrapped.Length);
        var end = rest.IndexOf((byte)'"');
        if (end < 0)
            throw new DamagedObjectException(name, "it holds no keys");
        try
        {
            var authenticated = json[..at];
            var header = JsonSerializer.Deserialize([.. authenticated, (byte)'}'], RepositoryJson.Default.KeyHeader)!;
            var key = new KeyObject(header, authenticated, Convert.FromBase64String(Encoding.ASCII.GetString(rest[..end])));
            if (header.Format != RepositoryNames.KeyFormat || header.Version != Version)
                throw new UnsupportedFormatException(name, header.Format, header.Version);
            return key.Problem(name) is { } problem ? throw new DamagedObjectException(name, problem) : key;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new DamagedObjectException(name, e.Message, e);
        }
    }

    public byte[] ToBytes() =>
        Checksum.Append([.. Authenticated, .. BeforeWrapped, .. Encoding.ASCII.GetBytes(Convert.ToBase64String(Wrapped)), .. "\"}"u8]);

    /// <summary>Opens it; null if it is not this secret's.</summary>
    public async Task<Keyring?> TryOpenAsync(RepositorySecret secret, CancellationToken cancellationToken)
    {
        if (secret.Kind != Header.Kind)
            return null;
        var plain = new byte[Wrapped.Length - EncryptedLayout.TagBytes];
        using var cipher = new AesGcm(await secret.DeriveAsync(Header, cancellationToken), EncryptedLayout.TagBytes);
        try
        {
            cipher.Decrypt(new byte[NonceBytes], Wrapped.AsSpan(..plain.Length), Wrapped.AsSpan(plain.Length), plain, Authenticated);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return new Keyring(Header.Repository, Header.Names, [.. plain.Chunk(DataKey.Bytes).Zip(Header.DataKeys, (bytes, id) => new DataKey(id, bytes))]);
    }

    private string? Problem(string name) =>
        name != Name ? $"it is key {Header.Id}"
        : Header.Salt.Length != SaltBytes || Header.DataKeys.Count == 0 || Wrapped.Length != (Header.DataKeys.Count * DataKey.Bytes) + EncryptedLayout.TagBytes ? "its lengths do not fit"
        : Header.Kind == SecretKind.Passphrase && Header.Argon2id is not { IsAcceptable: true } ? "what it asks of Argon2id is out of range"
        : null;
}
