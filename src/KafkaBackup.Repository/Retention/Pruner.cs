using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Retention;

/// <summary>
/// Removes epochs, in steps of which each can be repeated: a prune that is killed anywhere leaves a valid repository, and the next one ends it. A backup may go on
/// meanwhile: the newest epoch, which it builds on, is always kept. Source: FORMAT.md, "Removing epochs".
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

    /// <summary>Writes a plan down, durably.</summary>
    /// <returns>The name of what was begun; null if there is nothing to be done.</returns>
    public async Task<string?> BeginAsync(PrunePlan plan, CancellationToken cancellationToken = default) =>
        plan.Names.Count + plan.Remove.Count == 0 ? null : await PruneIntent.WriteAsync(store, plan, cancellationToken);

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
        var names = await PrunePlanner.StillUnneededAsync(repository, intent.Objects, time.GetUtcNow(), cancellationToken);
        var done = 0;
        await Parallel.ForEachAsync(
            names, new ParallelOptions { MaxDegreeOfParallelism = ParallelDeletions, CancellationToken = cancellationToken }, async (unneeded, cancellation) =>
            {
                await store.DeleteAsync(unneeded, cancellation);
                progress?.Report((Interlocked.Increment(ref done), names.Count));
            });
        await store.DeleteAsync(name, cancellationToken);
        return names.Count;
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

        await store.CreateAsync(RepositoryNames.Stub(sequence), Stub.Of(sequence, json), cancellationToken);
        if ((await new RestorePins(store).ListAsync(time.GetUtcNow(), cancellationToken)).Any(pin => pin.Epoch == sequence))
        {
            await store.DeleteAsync(RepositoryNames.Stub(sequence), cancellationToken);
            return false;
        }

        await store.DeleteAsync(manifest, cancellationToken);
        return true;
    }
}
