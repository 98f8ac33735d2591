using System.Text.Json.Serialization;

namespace KafkaBackup.Repository.Encryption;

/// <summary>Whether objects' names show topics' names.</summary>
public enum NameVisibility
{
    /// <summary>They do.</summary>
    [JsonStringEnumMemberName("plain")]
    Plain,

    /// <summary>Tokens stand for them.</summary>
    [JsonStringEnumMemberName("hidden")]
    Hidden,
}

/// <summary>What opens a repository.</summary>
public enum SecretKind
{
    /// <summary>Something that a person knows.</summary>
    [JsonStringEnumMemberName("passphrase")]
    Passphrase,

    /// <summary>A file of random bytes.</summary>
    [JsonStringEnumMemberName("key-file")]
    KeyFile,
}

/// <summary>What a guess at a passphrase costs. The defaults are those that RFC 9106 names second, for machines where memory is not plenty.</summary>
/// <param name="Memory">In KiB: 8 to 4,194,304, and at least 8 for each lane.</param>
/// <param name="Iterations">1 to 1,000.</param>
/// <param name="Parallelism">Lanes: 1 to 255.</param>
internal sealed record Argon2Cost(int Memory = 65536, int Iterations = 3, int Parallelism = 4)
{
    private const int MostMemory = 4 << 20;
    private const int MostIterations = 1000;
    private const int MostParallelism = 255;

    /// <summary>Whether it is in the ranges. What comes from a store is not trusted before.</summary>
    [JsonIgnore]
    public bool IsAcceptable => Parallelism is >= 1 and <= MostParallelism && Iterations is >= 1 and <= MostIterations && Memory >= 8 * Parallelism && Memory <= MostMemory;
}

/// <summary>What a key object says openly. Source: FORMAT.md, "Keys".</summary>
internal sealed record KeyHeader(
    string Format,
    int Version,
    Guid Id,
    Guid Repository,
    NameVisibility Names,
    string Label,
    DateTimeOffset Created,
    SecretKind Kind,
    Argon2Cost? Argon2id,
    byte[] Salt,
    IReadOnlyList<Guid> DataKeys);

/// <summary><c>repository.json</c> of an encrypted repository, without its checksum. Source: FORMAT.md, "Encryption".</summary>
internal sealed record EncryptedRepositoryHeader(string Format, int Version, Guid Id, DateTimeOffset Created, string Cipher, NameVisibility Names)
{
    public const string TheCipher = "aes-256-gcm-64k";
}
