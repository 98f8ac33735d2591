using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Konscious.Security.Cryptography;

namespace KafkaBackup.Repository.Encryption;

/// <summary>A passphrase, or the bytes of a key file. It never shows them.</summary>
public sealed class RepositorySecret
{
    private readonly ConcurrentDictionary<string, Lazy<Task<byte[]>>> stretched = new(StringComparer.Ordinal);
    private readonly byte[] bytes;

    private RepositorySecret(SecretKind kind, byte[] bytes, string source) => (Kind, this.bytes, Source) = (kind, bytes, source);

    /// <summary>The fewest bytes of a key file.</summary>
    public const int LeastKeyFileBytes = DataKey.Bytes;

    /// <summary>What it is.</summary>
    public SecretKind Kind { get; }

    /// <summary>Where it comes from, in words, for messages.</summary>
    public string Source { get; }

    /// <summary>A passphrase.</summary>
    /// <param name="passphrase">Not empty.</param>
    /// <param name="source">Where it comes from, in words.</param>
    /// <exception cref="RepositoryKeyException">It is empty.</exception>
    public static RepositorySecret OfPassphrase(string passphrase, string source) => passphrase.Length > 0
        ? new RepositorySecret(SecretKind.Passphrase, Encoding.UTF8.GetBytes(passphrase), source)
        : throw new RepositoryKeyException($"{source} is empty", "give one with a passphrase in its first line");

    /// <summary>The content of a key file.</summary>
    /// <param name="content">32 random bytes at least.</param>
    /// <param name="source">Where it comes from, in words.</param>
    /// <exception cref="RepositoryKeyException">It is too short.</exception>
    public static RepositorySecret OfKeyFile(byte[] content, string source) => content.Length >= LeastKeyFileBytes
        ? new RepositorySecret(SecretKind.KeyFile, content, source)
        : throw new RepositoryKeyException($"{source} has {content.Length} bytes, and needs {LeastKeyFileBytes} random ones at least", "'kafka-backup key generate' makes such a file");

    /// <summary>Where it comes from.</summary>
    public override string ToString() => Source;

    /// <summary>The key that wraps the data keys of one key object. Source: FORMAT.md, "Keys".</summary>
    internal async Task<byte[]> DeriveAsync(KeyHeader header, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var secret = header.Argon2id is not { } cost ? bytes
            : await stretched.GetOrAdd($"{Convert.ToHexString(header.Salt)} {cost}", _ => new Lazy<Task<byte[]>>(() => StretchAsync(header.Salt, cost))).Value;
        return HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, DataKey.Bytes, header.Salt, "kafka-backup key 1"u8.ToArray());
    }

    /// <summary>It takes its time, on purpose: for each key object it is done once in this secret's life.</summary>
    private async Task<byte[]> StretchAsync(byte[] salt, Argon2Cost cost)
    {
        using var argon = new Argon2id(bytes) { Salt = salt, MemorySize = cost.Memory, Iterations = cost.Iterations, DegreeOfParallelism = cost.Parallelism };
        return await argon.GetBytesAsync(DataKey.Bytes);
    }
}
