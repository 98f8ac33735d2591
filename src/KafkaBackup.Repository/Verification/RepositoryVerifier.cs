using System.Runtime.CompilerServices;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>
/// Verifies a repository from the first epoch on, each object once, when the epoch that brought it is reached. Damage is a finding and never an exception; the
/// rest is verified all the same. Segments are verified side by side; what is found, and in which order it is told, does not depend on that.
/// </summary>
/// <param name="store">The repository's store.</param>
/// <param name="parallel">How many pieces of work (a partition's segments of an epoch, or a pack's) are done at once, each with a buffer of 1 MiB or of the largest batch; 1 or more.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="parallel"/> is below 1.</exception>
public sealed class RepositoryVerifier(IObjectStore store, int parallel = RepositoryVerifier.UsuallyParallel)
{
    /// <summary>How many pieces of work are done at once where nobody says.</summary>
    public const int UsuallyParallel = 2;

    private readonly int parallel = parallel >= 1 ? parallel : throw new ArgumentOutOfRangeException(nameof(parallel));

    /// <summary>Verifies the whole repository, or what one epoch needs.</summary>
    /// <param name="level">How much is looked at.</param>
    /// <param name="epoch">The epoch: its chain down to the first, and the data of the topics that it holds; null for everything.</param>
    /// <param name="progress">Told at every epoch and segment.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    /// <exception cref="NotARepositoryException">There is no repository.</exception>
    /// <exception cref="UnsupportedFormatException">It is a newer program's.</exception>
    /// <exception cref="RepositoryKeyException">It is encrypted, and its key is missing or wrong.</exception>
    /// <exception cref="EpochNotFoundException">There is no such epoch.</exception>
    /// <exception cref="RepositoryUnavailableException">The store can't be used.</exception>
    public Task<VerificationReport> VerifyAsync(
        VerificationLevel level,
        long? epoch = null,
        IProgress<VerificationProgress>? progress = null,
        CancellationToken cancellationToken = default) => VerifyAsync(level, new VerificationSelection { Epoch = epoch }, progress, cancellationToken);

    /// <summary>Verifies what is selected.</summary>
    /// <inheritdoc cref="VerifyAsync(VerificationLevel, long?, IProgress{VerificationProgress}?, CancellationToken)"/>
    public async Task<VerificationReport> VerifyAsync(
        VerificationLevel level,
        VerificationSelection selection,
        IProgress<VerificationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var epoch = selection.Epoch;
        var log = new VerificationLog(progress);
        if (!await KeyVerifier.VerifyAsync(store, level, log, cancellationToken))
            return log.ToReport(level);
        var last = await FindLastAsync(epoch, cancellationToken);
        await VerifyHeaderAsync(last, log, cancellationToken);
        var manifests = new ManifestVerifier(store, log);
        var (merges, isReadable) = await new MergeVerifier(store, log).VerifyAsync(last, epoch is null, cancellationToken);
        var topics = new TopicVerifier(store, new SegmentWork(store, level, selection.Subset, log), merges, parallel, log);
        var wanted = epoch is null ? null : await manifests.TryReadAsync(last, cancellationToken);
        var held = wanted?.Core.Topics.Select(topic => topic.Journal).ToHashSet(StringComparer.Ordinal);
        bool IsSelected(string journal) => held?.Contains(journal) != false && selection.Topics?.Invoke(journal[..journal.IndexOf('/')]) != false;
        var (there, removed) = (await SequencesAsync(RepositoryNames.Epochs, cancellationToken), await SequencesAsync(RepositoryNames.Stubs, cancellationToken));
        if (progress is not null)
            log.Expect(last, level == VerificationLevel.Full ? await BytesToDoAsync(last, cancellationToken) : 0);
        await Parallel.ForEachAsync(
            WalkAsync(cancellationToken), new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken }, (work, cancellation) => new ValueTask(work(cancellation)));
        if (epoch is null)
            await new ArtefactVerifier(store, log).VerifyAsync(last, level, cancellationToken);
        var report = log.ToReport(level);
        return report.IsSound ? report : report with { Restorable = await RestorableAsync(manifests, there, removed, report.Findings, isReadable, cancellationToken) };

        // Manifests and lists are verified in their order, by one thread at a time; whoever has nothing to do looks for more work here.
        async IAsyncEnumerable<Func<CancellationToken, Task>> WalkAsync([EnumeratorCancellation] CancellationToken cancellation)
        {
            for (var sequence = 1L; sequence <= last; sequence++)
            {
                log.Begin(sequence);
                var (manifest, pruned) = await manifests.VerifyAsync(sequence, there.Contains(sequence), removed.Contains(sequence), cancellation);
                if (parallel > 1 && sequence < last && there.Contains(sequence + 1))
                    manifests.ReadAhead(sequence + 1, cancellation);
                if (manifests.IsForked)
                {
                    await foreach (var work in topics.EndAsync(sequence - 1, isLast: true, cancellation))
                        yield return work;
                    topics.Forget();
                }

                if (pruned is not null)
                    topics.Pass(pruned.Core, manifests.IsContinued, IsSelected);
                if (manifest is not null)
                {
                    await foreach (var work in topics.VerifyAsync(manifest, manifests.IsContinued, IsSelected, cancellation))
                        yield return work;
                }

                await foreach (var work in topics.EndAsync(sequence, isLast: sequence == last, cancellation))
                    yield return work;
            }
        }

        async Task<long> BytesToDoAsync(long last, CancellationToken cancellation)
        {
            var bytes = 0L;
            for (var sequence = 1L; sequence <= last; sequence++)
            {
                var core = there.Contains(sequence)
                    ? (await manifests.TryReadAsync(sequence, cancellation))?.Core
                    : removed.Contains(sequence) ? (await manifests.TryReadStubAsync(sequence, cancellation))?.Core : null;
                bytes += core?.Topics.Where(topic => IsSelected(topic.Journal)).Sum(topic => topic.Partitions.Sum(partition => partition.Bytes)) ?? 0;
            }

            return bytes;
        }
    }

    private static async Task<IReadOnlyList<EpochRestorability>> RestorableAsync(
        ManifestVerifier manifests, HashSet<long> there, HashSet<long> removed, IReadOnlyList<VerificationFinding> findings, bool isReadable, CancellationToken cancellationToken)
    {
        var epochs = new List<(long, Epoch?)>();
        for (var sequence = 1L; sequence <= there.DefaultIfEmpty(0).Max(); sequence++)
        {
            if (there.Contains(sequence) || !removed.Contains(sequence))
                epochs.Add((sequence, isReadable ? await manifests.TryReadAsync(sequence, cancellationToken) : null));
        }

        return Restorability.Of(epochs, findings);
    }

    private async Task<long> FindLastAsync(long? epoch, CancellationToken cancellationToken)
    {
        var last = 0L;
        var isThere = false;
        await foreach (var found in store.ListAsync(RepositoryNames.Epochs, cancellationToken))
        {
            last = RepositoryNames.SequenceOf(found.Name) ?? last;
            isThere |= last == epoch;
        }

        return epoch is null || isThere ? epoch ?? last : throw new EpochNotFoundException(epoch.Value);
    }

    private async Task<HashSet<long>> SequencesAsync(string prefix, CancellationToken cancellationToken)
    {
        var sequences = new HashSet<long>();
        await foreach (var found in store.ListAsync(prefix, cancellationToken))
        {
            if ((RepositoryNames.SequenceOf(found.Name) ?? RepositoryNames.PrunedSequenceOf(found.Name)) is { } sequence)
                sequences.Add(sequence);
        }

        return sequences;
    }

    private async Task VerifyHeaderAsync(long last, VerificationLog log, CancellationToken cancellationToken)
    {
        try
        {
            await BackupRepository.OpenAsync(store, cancellationToken);
        }
        catch (NotARepositoryException) when (last > 0)
        {
            log.Found(new VerificationFinding(RepositoryNames.Repository, "it is missing"));
        }
        catch (DamagedObjectException e)
        {
            log.Found(new VerificationFinding(e.Name, e.Problem));
        }
        catch (UnsupportedFormatException e)
        {
            if (await HasChecksumAsync(e.Name, cancellationToken))
                throw;
            log.Found(new VerificationFinding(e.Name, RepositoryException.WhatOf(e)));
        }
    }

    /// <summary>What is of another version and undamaged is a newer program's.</summary>
    private async Task<bool> HasChecksumAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            Checksum.Check(name, await store.ReadAllAsync(name, cancellationToken));
            return true;
        }
        catch (DamagedObjectException)
        {
            return false;
        }
    }
}
