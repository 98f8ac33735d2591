using System.Text;

namespace KafkaBackup.Repository.Encryption;

/// <summary>Where the secret of a repository is to be had. Settings, inputs and histories hold this, never the secret.</summary>
public interface ISecretSource
{
    /// <summary>Whether it is asked only if the repository turns out to be encrypted. If not, a repository that is not encrypted is refused.</summary>
    bool IsOnDemand { get; }

    /// <summary>Fetches the secret.</summary>
    /// <exception cref="RepositoryKeyException">It is not there.</exception>
    Task<RepositorySecret> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>A passphrase in an environment variable.</summary>
/// <param name="name">The variable's name.</param>
public sealed class PassphraseVariable(string name) : ISecretSource
{
    /// <inheritdoc/>
    public bool IsOnDemand => false;

    /// <inheritdoc/>
    public Task<RepositorySecret> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(RepositorySecret.OfPassphrase(
        Environment.GetEnvironmentVariable(name) ?? throw new RepositoryKeyException($"the environment variable {name}, which is to hold the passphrase, is not set", "set it, or give --passphrase-file or --key-file"),
        $"the passphrase in the environment variable {name}"));
}

/// <summary>A passphrase in a file: its first line, in UTF-8.</summary>
/// <param name="path">The file.</param>
public sealed class PassphraseFile(string path) : ISecretSource
{
    /// <inheritdoc/>
    public bool IsOnDemand => false;

    /// <inheritdoc/>
    public async Task<RepositorySecret> ReadAsync(CancellationToken cancellationToken)
    {
        using var reader = new StringReader(Encoding.UTF8.GetString(await SecretFile.ReadAsync(path, "passphrase", cancellationToken)).TrimStart('\ufeff'));
        return RepositorySecret.OfPassphrase(await reader.ReadLineAsync(cancellationToken) ?? "", $"the passphrase in {path}");
    }
}

/// <summary>A key file: all of its bytes.</summary>
/// <param name="path">The file.</param>
public sealed class KeyFile(string path) : ISecretSource
{
    /// <inheritdoc/>
    public bool IsOnDemand => false;

    /// <inheritdoc/>
    public async Task<RepositorySecret> ReadAsync(CancellationToken cancellationToken) =>
        RepositorySecret.OfKeyFile(await SecretFile.ReadAsync(path, "key", cancellationToken), $"the key file {path}");
}

/// <summary>Reads files that hold secrets.</summary>
internal static class SecretFile
{
    private const int MostBytes = 1 << 20;

    public static async Task<byte[]> ReadAsync(string path, string what, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            var content = new byte[MostBytes + 1];
            var count = await file.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellationToken);
            return count <= MostBytes ? content[..count] : throw new RepositoryKeyException($"the {what} file {path} has more than {MostBytes} bytes", "it is something else: give the file that holds the secret");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RepositoryKeyException($"the {what} file {path} can't be read: {e.Message.TrimEnd('.')}", "check its path and its rights", e);
        }
    }
}
