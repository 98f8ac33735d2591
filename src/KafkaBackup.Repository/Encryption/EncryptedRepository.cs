using System.Text.Json;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Encryption;

/// <summary>The <c>repository.json</c> of an encrypted repository. Source: FORMAT.md, "Encryption".</summary>
internal static class EncryptedRepository
{
    private const int Version = 1;

    /// <summary>Reads it; null if the repository is not encrypted, or this is not a repository's.</summary>
    /// <exception cref="DamagedObjectException">It is damaged.</exception>
    /// <exception cref="UnsupportedFormatException">It is of a newer version.</exception>
    public static EncryptedRepositoryHeader? TryRead(byte[] json)
    {
        if (!json.AsSpan().StartsWith("{\"format\":\"kafka-backup-encrypted-repository\","u8))
            return null;
        Checksum.Check(RepositoryNames.Repository, json);
        try
        {
            using var whole = JsonDocument.Parse(json);
            var version = whole.RootElement.GetProperty("version").GetInt64();
            return version == Version
                ? whole.Deserialize(RepositoryJson.Default.EncryptedRepositoryHeader)
                : throw new UnsupportedFormatException(RepositoryNames.Repository, RepositoryNames.EncryptedRepositoryFormat, version);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new DamagedObjectException(RepositoryNames.Repository, e.Message, e);
        }
    }

    public static byte[] Write(Guid id, DateTimeOffset created, NameVisibility names) => Checksum.Append(JsonSerializer.SerializeToUtf8Bytes(
        new EncryptedRepositoryHeader(RepositoryNames.EncryptedRepositoryFormat, Version, id, created, EncryptedRepositoryHeader.TheCipher, names),
        RepositoryJson.Default.EncryptedRepositoryHeader));

    /// <summary>Whether a store decrypts what it reads.</summary>
    public static bool IsDecrypting(IObjectStore store) => store is EncryptedObjectStore or ProtectedObjectStore { IsDecrypting: true };
}
