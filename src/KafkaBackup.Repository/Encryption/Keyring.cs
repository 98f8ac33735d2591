using System.Security.Cryptography;

namespace KafkaBackup.Repository.Encryption;

/// <summary>What a secret opens: a repository's data keys.</summary>
/// <param name="Repository">The repository's id.</param>
/// <param name="Names">Whether topics' names are hidden.</param>
/// <param name="Keys">The data keys, the oldest first; never empty. The last one encrypts what is new.</param>
internal sealed record Keyring(Guid Repository, NameVisibility Names, IReadOnlyList<DataKey> Keys)
{
    /// <summary>The key that encrypts what is new.</summary>
    public DataKey Current => Keys[^1];

    public DataKey? Find(Guid id) => Keys.FirstOrDefault(key => key.Id == id);

    /// <summary>The key of hidden names: it stays the same through all rotations.</summary>
    public byte[] DeriveNameKey() => HKDF.DeriveKey(HashAlgorithmName.SHA256, Keys[0].Secret, DataKey.Bytes, salt: [], info: "kafka-backup names 1"u8.ToArray());

    /// <summary>Shows no secret.</summary>
    public override string ToString() => $"{Keys.Count} data keys of repository {Repository}";
}
