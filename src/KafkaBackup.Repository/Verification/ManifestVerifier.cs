using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies manifests one after the other, and that each follows the one before.</summary>
internal sealed class ManifestVerifier(IObjectStore store, VerificationLog log)
{
    private Link? last;
    private (long Sequence, Task<(Epoch? Epoch, string? Problem)> Reading)? ahead;

    /// <summary>Whether the epoch verified last follows one that could be read, or is the first.</summary>
    public bool IsContinued { get; private set; }

    /// <summary>Whether the epoch verified last follows another one than the one before it: nothing that is known of that one holds for it.</summary>
    public bool IsForked { get; private set; }

    /// <summary>Verifies the next manifest, or the stub of an epoch that was removed.</summary>
    /// <returns>The epoch, or what is left of it; neither if that can't be read.</returns>
    public async Task<(Epoch? Epoch, PrunedEpoch? Pruned)> VerifyAsync(long sequence, bool hasManifest, bool hasStub, CancellationToken cancellationToken)
    {
        var name = RepositoryNames.Epoch(sequence);
        // A stub beside its manifest is that of a prune that was interrupted: the manifest counts.
        var stub = RepositoryNames.Stub(sequence);
        var pruned = hasStub ? await TryReadStubAsync(sequence, cancellationToken, problem => log.Found(new VerificationFinding(stub, problem, sequence))) : null;
        var epoch = hasManifest || !hasStub ? await TakeAsync(sequence, problem => log.Found(new VerificationFinding(name, problem, sequence)), cancellationToken) : null;
        IsContinued = sequence == 1 || last is not null;
        IsForked = false;
        if (epoch is not null)
            Follow(new Link(name, epoch.Core, epoch.CoreHash, epoch.Run));
        else if (pruned is not null)
            Follow(new Link(hasManifest ? name : stub, pruned.Core, pruned.CoreHash, pruned.Run), isChecked: !hasManifest);
        else
            last = null;
        return hasManifest ? (epoch, null) : (epoch, pruned);
    }

    /// <summary>Begins to read the manifest that is to be verified next: to read one of very many partitions takes as long as to verify what it says.</summary>
    public void ReadAhead(long sequence, CancellationToken cancellationToken) => ahead = (sequence, Task.Run(() => ReadAsync(sequence, cancellationToken), cancellationToken));

    private async Task<Epoch?> TakeAsync(long sequence, Action<string> found, CancellationToken cancellationToken)
    {
        var (epoch, problem) = await (ahead is { } begun && begun.Sequence == sequence ? begun.Reading : ReadAsync(sequence, cancellationToken));
        ahead = null;
        if (problem is not null)
            found(problem);
        return epoch;
    }

    private void Follow(Link link, bool isChecked = true)
    {
        var sequence = link.Core.Sequence;
        if (isChecked && link.Core.Parent?.Sequence != (sequence == 1 ? null : sequence - 1))
        {
            log.Found(new VerificationFinding(link.Name, $"its parent is epoch {link.Core.Parent?.Sequence}", sequence));
        }
        else if (isChecked && last is not null && link.Core.Parent?.Core != last.CoreHash)
        {
            // Whoever forked the chain built on what was there: what does not even follow the epoch before it was brought from elsewhere.
            IsForked = last.IsChained && last.Core.Cluster == link.Core.Cluster;
            IsContinued &= !IsForked;
            log.Found(IsForked ? Fork(last, link) : new VerificationFinding(link.Name, $"its parent's core hash is not that of epoch {sequence - 1}: the chain is broken", sequence)
            {
                Remedy = $"bring {link.Name} or {last.Name}, whichever was put in the place of another, back from a copy of the repository",
            });
            link = link with { IsChained = false };
        }

        last = link;
    }

    private static VerificationFinding Fork(Link there, Link link) => new(
        link.Name,
        $"the chain forks: {there.Name} (core hash {there.CoreHash}, {there.Run.Generation} on {there.Run.Host}, sealed {there.Run.SealedAt:u}) and this one "
        + $"({link.Run.Generation} on {link.Run.Host}, sealed {link.Run.SealedAt:u}) contradict each other: it follows another epoch {there.Core.Sequence}, of core hash {link.Core.Parent?.Core}, "
        + "which was overwritten. Two writers were at work at once, on a store that does not create conditionally",
        link.Core.Sequence)
    {
        Remedy = $"each of the two epochs is whole by itself and can be restored by its number; of the epoch {there.Core.Sequence} that was overwritten only what epoch {link.Core.Sequence} holds of it is left. "
            + "Make further backups into another repository, by one writer at a time, or on a store with conditional creation",
    };

    /// <summary>Reads a stub; null if it can't be read.</summary>
    public async Task<PrunedEpoch?> TryReadStubAsync(long sequence, CancellationToken cancellationToken, Action<string>? found = null)
    {
        try
        {
            return Stub.Read(sequence, await store.ReadAllAsync(RepositoryNames.Stub(sequence), cancellationToken));
        }
        catch (Exception e) when (e is DamagedObjectException or UnsupportedFormatException or ObjectNotFoundException or IOException)
        {
            found?.Invoke((e as DamagedObjectException)?.Problem ?? RepositoryException.WhatOf(e));
            return null;
        }
    }

    /// <summary>Reads a manifest; null if it can't be read.</summary>
    public async Task<Epoch?> TryReadAsync(long sequence, CancellationToken cancellationToken) => (await ReadAsync(sequence, cancellationToken)).Epoch;

    private async Task<(Epoch? Epoch, string? Problem)> ReadAsync(long sequence, CancellationToken cancellationToken)
    {
        try
        {
            return (Manifest.Read(sequence, await store.ReadAllAsync(RepositoryNames.Epoch(sequence), cancellationToken)), null);
        }
        catch (ObjectNotFoundException)
        {
            return (null, "it is missing");
        }
        catch (DamagedObjectException e)
        {
            return (null, e.Problem);
        }
        catch (UnsupportedFormatException e)
        {
            return (null, RepositoryException.WhatOf(e));
        }
        catch (IOException e)
        {
            return (null, $"it can't be read: {RepositoryException.WhatOf(e)}");
        }
    }

    /// <summary>What of an epoch its successor is held against.</summary>
    /// <param name="Name">The object that says it.</param>
    /// <param name="Core">The epoch.</param>
    /// <param name="CoreHash">Its hash.</param>
    /// <param name="Run">Its run.</param>
    private sealed record Link(string Name, EpochCore Core, string CoreHash, RunInfo Run)
    {
        /// <summary>Whether it follows the epoch before it, as far as can be told.</summary>
        public bool IsChained { get; init; } = true;
    }
}
