using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies manifests one after the other, and that each follows the one before.</summary>
internal sealed class ManifestVerifier(IObjectStore store, VerificationLog log)
{
    private string? lastHash;

    /// <summary>Whether the epoch verified last follows one that could be read, or is the first.</summary>
    public bool IsContinued { get; private set; }

    /// <summary>Verifies the next manifest; null if it can't be read.</summary>
    public async Task<Epoch?> VerifyAsync(long sequence, CancellationToken cancellationToken)
    {
        var name = RepositoryNames.Epoch(sequence);
        var epoch = await TryReadAsync(sequence, cancellationToken, problem => log.Found(new VerificationFinding(name, problem, sequence)));
        IsContinued = sequence == 1 || lastHash is not null;
        if (epoch is not null)
        {
            if (epoch.Core.Parent?.Sequence != (sequence == 1 ? null : sequence - 1))
                log.Found(new VerificationFinding(name, $"its parent is epoch {epoch.Core.Parent?.Sequence}", sequence));
            else if (lastHash is not null && epoch.Core.Parent?.Core != lastHash)
                log.Found(new VerificationFinding(name, $"its parent's core hash is not that of epoch {sequence - 1}: the chain is broken", sequence));
        }

        lastHash = epoch?.CoreHash;
        return epoch;
    }

    /// <summary>Reads a manifest; null if it can't be read.</summary>
    public async Task<Epoch?> TryReadAsync(long sequence, CancellationToken cancellationToken, Action<string>? found = null)
    {
        try
        {
            return Manifest.Read(sequence, await store.ReadAllAsync(RepositoryNames.Epoch(sequence), cancellationToken));
        }
        catch (ObjectNotFoundException)
        {
            found?.Invoke("it is missing");
        }
        catch (DamagedObjectException e)
        {
            found?.Invoke(e.Problem);
        }
        catch (UnsupportedFormatException e)
        {
            found?.Invoke(e.Message);
        }
        catch (IOException e)
        {
            found?.Invoke($"it can't be read: {e.Message}");
        }

        return null;
    }
}
