using KafkaBackup.Repository.Encryption;

namespace KafkaBackup.Cli.Commands;

/// <summary>Fetches a secret once: a person is not asked twice, and stretching a passphrase takes its time.</summary>
internal sealed class RememberedSecret(ISecretSource source) : ISecretSource
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private RepositorySecret? secret;

    public bool IsOnDemand => source.IsOnDemand;

    public async Task<RepositorySecret> ReadAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            return secret ??= await source.ReadAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }
}
