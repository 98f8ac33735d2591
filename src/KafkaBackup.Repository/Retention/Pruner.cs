using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Retention;

/// <summary>
/// Removes epochs, in steps of which each can be repeated: a prune that is killed anywhere leaves a valid repository, and the next one ends it. A backup may go on
/// meanwhile: the newest epoch, which it builds on, is always kept. So may other prunes: what is begun by one is ended by any of them. Source: FORMAT.md, "Removing epochs".
/// </summary>
/// <param name="repository">The repository.</param>
/// <param name="time">The clock.</param>
public sealed class Pruner(BackupRepository repository, TimeProvider time)
{
    private const int ParallelDeletions = 8;

    private readonly IObjectStore store = repository.Store;

    /// <summary>What a policy keeps and removes. Nothing is changed.</summary>
    /// <exception cref="ArgumentException">The policy has no rule.</exception>
    public Task<PrunePlan> PlanAsync(RetentionPolicy policy, CancellationToken cancellationToken = default) => policy.IsEmpty
        ? throw new ArgumentException("a policy without a rule keeps nothing")
        : PrunePlanner.PlanAsync(repository, policy, time.GetUtcNow(), cancellationToken);

    /// <summary>The prunes that were begun and have not come to their end, by name.</summary>
    public async Task<IReadOnlyList<string>> UnfinishedAsync(CancellationToken cancellationToken = default)
    {
        var names = new List<string>();
        await foreach (var found in store.ListAsync(RepositoryNames.Prunes, cancellationToken))
            names.Add(found.Name);
        return names;
    }

    /// <summary>Ends prunes that were begun and have not come to their end, as far as restores let them: the epochs of all of them first.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> FinishAsync(CancellationToken cancellationToken = default)
    {
        var unfinished = await UnfinishedAsync(cancellationToken);
        foreach (var begun in unfinished)
            await RemoveEpochsAsync(begun, cancellationToken);
        foreach (var begun in unfinished)
            await DeleteObjectsAsync(begun, null, cancellationToken);
        return unfinished.Count;
    }

    /// <summary>Plans, and writes the plan down, durably.</summary>
    /// <returns>The plan, and the name of what was begun; null if there is nothing to be done.</returns>
    /// <exception cref="ArgumentException">The policy has no rule.</exception>
    public async Task<(PrunePlan Plan, string? Begun)> BeginAsync(RetentionPolicy policy, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var plan = await PlanAsync(policy, cancellationToken);
            var begun = await BeginAsync(plan, cancellationToken);
            // What the newest epoch needed is not written down. If another prune has removed it, it may not have seen this one's epochs, and left to them what they share.
            if (begun is null || await store.GetLengthAsync(RepositoryNames.Epoch(plan.Keep[^1].Epoch), cancellationToken) is not null)
                return (plan, begun);
        }
    }

    /// <summary>Writes a plan down, durably.</summary>
    /// <returns>The name of what was begun; null if there is nothing to be done.</returns>
    internal async Task<string?> BeginAsync(PrunePlan plan, CancellationToken cancellationToken = default) =>
        plan.Objects + plan.Remove.Count == 0 ? null : await PruneIntent.WriteAsync(store, plan, cancellationToken);

    /// <summary>Removes the epochs of a prune that was begun: for each the stub first, then the manifest.</summary>
    /// <returns>The epochs that are gone, and those that a restore keeps.</returns>
    public async Task<(IReadOnlyList<long> Removed, IReadOnlyList<long> Kept)> RemoveEpochsAsync(string name, CancellationToken cancellationToken = default)
    {
        var (removed, kept) = (new List<long>(), new List<long>());
        foreach (var epoch in (await PruneIntent.ReadAsync(store, name, cancellationToken))?.Epochs ?? [])
            (await RemoveAsync(epoch, cancellationToken) ? removed : kept).Add(epoch);
        return (removed, kept);
    }

    /// <summary>Deletes the objects of a prune whose epochs are gone. What an epoch leads to by now is left, whatever was planned.</summary>
    /// <param name="name">The prune.</param>
    /// <param name="progress">Told how many of how many objects are deleted.</param>
    /// <param name="cancellationToken">Stops the call; repeating it goes on.</param>
    /// <returns>How many objects were to go.</returns>
    public async Task<int> DeleteObjectsAsync(string name, IProgress<(int Done, int Of)>? progress = null, CancellationToken cancellationToken = default)
    {
        if (await PruneIntent.ReadAsync(store, name, cancellationToken) is not { } intent)
            return 0;
        var isOver = await IsNothingLeftAsync(cancellationToken);
        var (names, isRestOfNow) = await PrunePlanner.StillUnneededAsync(repository, intent.Objects, time.GetUtcNow(), cancellationToken);
        var done = 0;
        await Parallel.ForEachAsync(
            names, new ParallelOptions { MaxDegreeOfParallelism = ParallelDeletions, CancellationToken = cancellationToken }, async (unneeded, cancellation) =>
            {
                await store.DeleteAsync(unneeded, cancellation);
                progress?.Report((Interlocked.Increment(ref done), names.Count));
            });
        // As long as an epoch is there that is going to be removed, so is what it needs: whoever removes it finds here what is to go then. So does whoever comes after a restore that has to
        // go on as it began: the list that leads to what is kept for it may be taken for unneeded by another prune, which keeps that for the sake of a list that is unneeded here.
        if (isOver && isRestOfNow)
            await store.DeleteAsync(name, cancellationToken);
        return names.Count;
    }

    /// <summary>Whether no epoch is there any more that a prune was begun for.</summary>
    private async Task<bool> IsNothingLeftAsync(CancellationToken cancellationToken)
    {
        foreach (var begun in await UnfinishedAsync(cancellationToken))
        {
            foreach (var epoch in (await PruneIntent.ReadAsync(store, begun, cancellationToken))?.Epochs ?? [])
            {
                if (await store.GetLengthAsync(RepositoryNames.Epoch(epoch), cancellationToken) is not null)
                    return false;
            }
        }

        return true;
    }

    /// <returns>False if a restore keeps it.</returns>
    private async Task<bool> RemoveAsync(long sequence, CancellationToken cancellationToken)
    {
        var manifest = RepositoryNames.Epoch(sequence);
        byte[] json;
        try
        {
            json = await store.ReadAllAsync(manifest, cancellationToken);
        }
        catch (ObjectNotFoundException)
        {
            return true;
        }

        // It stays even if the epoch does: another prune that found no pin may be about to delete the manifest, and no restore may begin that it does not see.
        await store.CreateAsync(RepositoryNames.Stub(sequence), Stub.Of(sequence, json), cancellationToken);
        if ((await new RestorePins(store).ListAsync(time.GetUtcNow(), cancellationToken)).Any(pin => pin.Epoch == sequence))
            return false;
        await store.DeleteAsync(manifest, cancellationToken);
        return true;
    }
}
