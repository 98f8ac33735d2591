namespace KafkaBackup.Repository.Encryption;

/// <summary>A repository's key is missing, or is not one of its keys, or the repository is not encrypted at all. The message holds no secret.</summary>
/// <param name="what">What is wrong, and where.</param>
/// <param name="remedy">What the operator can do.</param>
/// <param name="inner">The error that showed it.</param>
public sealed class RepositoryKeyException(string what, string remedy, Exception? inner = null) : RepositoryException(what, remedy, inner)
{
    /// <summary>No secret is given.</summary>
    public static RepositoryKeyException Missing() => new(
        "the repository is encrypted", "say where its secret is, by --passphrase-file, --passphrase-variable or --key-file, or in the repository's connection in the configuration");

    /// <summary>The secret that is given opens nothing.</summary>
    internal static RepositoryKeyException Wrong(RepositorySecret secret, int keys) => new(
        $"{secret.Source} opens none of the repository's {keys} keys", "'kafka-backup key list' shows them; give the secret of one");

    /// <summary>A secret is given for a repository that has no use for it.</summary>
    internal static RepositoryKeyException NotEncrypted() => new(
        "a passphrase or key file is given, and the repository is not encrypted", "leave it out, or take another repository (an existing one can't be encrypted afterwards)");
}

/// <summary>A change of the keys could shut somebody out, and was not made.</summary>
public sealed class KeyChangeRefusedException(string what, string remedy) : RepositoryException(what, remedy);

/// <summary>There is no such key.</summary>
public sealed class NoSuchKeyException(string id) : RepositoryException($"there is no key '{id}' in the repository", "'kafka-backup key list' lists those that there are");
