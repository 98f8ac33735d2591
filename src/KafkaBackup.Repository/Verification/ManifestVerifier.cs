using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies manifests one after the other, and that each follows the one before.</summary>
internal sealed class ManifestVerifier(IObjectStore store, VerificationLog log)
{
    private string? lastHash;

    /// <summary>Whether the epoch verified last follows one that could be read, or is the first.</summary>
    public bool IsContinued { get; private set; }

    /// <summary>Verifies the next manifest, or the stub of an epoch that was removed.</summary>
    /// <returns>The epoch, or what is left of it; neither if that can't be read.</returns>
    public async Task<(Epoch? Epoch, PrunedEpoch? Pruned)> VerifyAsync(long sequence, bool hasManifest, bool hasStub, CancellationToken cancellationToken)
    {
        var name = RepositoryNames.Epoch(sequence);
        // A stub beside its manifest is that of a prune that was interrupted: the manifest counts.
        var stub = RepositoryNames.Stub(sequence);
        var pruned = hasStub ? await TryReadStubAsync(sequence, cancellationToken, problem => log.Found(new VerificationFinding(stub, problem, sequence))) : null;
        var epoch = hasManifest || !hasStub ? await TryReadAsync(sequence, cancellationToken, problem => log.Found(new VerificationFinding(name, problem, sequence))) : null;
        IsContinued = sequence == 1 || lastHash is not null;
        if (epoch is not null)
            CheckParent(name, sequence, epoch.Core);
        else if (!hasManifest && pruned is not null)
            CheckParent(stub, sequence, pruned.Core);
        lastHash = epoch?.CoreHash ?? pruned?.CoreHash;
        return hasManifest ? (epoch, null) : (epoch, pruned);
    }

    private void CheckParent(string name, long sequence, EpochCore core)
    {
        if (core.Parent?.Sequence != (sequence == 1 ? null : sequence - 1))
            log.Found(new VerificationFinding(name, $"its parent is epoch {core.Parent?.Sequence}", sequence));
        else if (lastHash is not null && core.Parent?.Core != lastHash)
            log.Found(new VerificationFinding(name, $"its parent's core hash is not that of epoch {sequence - 1}: the chain is broken", sequence));
    }

    /// <summary>Reads a stub; null if it can't be read.</summary>
    public async Task<PrunedEpoch?> TryReadStubAsync(long sequence, CancellationToken cancellationToken, Action<string>? found = null)
    {
        try
        {
            return Stub.Read(sequence, await store.ReadAllAsync(RepositoryNames.Stub(sequence), cancellationToken));
        }
        catch (Exception e) when (e is DamagedObjectException or UnsupportedFormatException or ObjectNotFoundException or IOException)
        {
            found?.Invoke((e as DamagedObjectException)?.Problem ?? e.Message);
            return null;
        }
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
