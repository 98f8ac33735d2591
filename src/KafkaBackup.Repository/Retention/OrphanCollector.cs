using System.Text.Json;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Leases;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Retention;

/// <summary>
/// Removes what runs left that never came to their epoch. A store does not say how old an object is, so a prune that meets such a run for the first time writes down when
/// that was, and one that meets it again, long enough after, removes it; before that it says so durably, and a run that wakes up all the same commits nothing.
/// Source: FORMAT.md, "Removing epochs".
/// </summary>
/// <param name="repository">The repository.</param>
/// <param name="time">The clock.</param>
public sealed class OrphanCollector(BackupRepository repository, TimeProvider time)
{
    private readonly IObjectStore store = repository.Store;

    /// <summary>How long a run may stand still before what it left is removed.</summary>
    public static TimeSpan DefaultAge { get; } = TimeSpan.FromDays(14);

    /// <summary>Removes what is old enough.</summary>
    /// <param name="age">How long ago a run's leavings must have been met first.</param>
    /// <param name="cancellationToken">Stops the call; repeating it goes on.</param>
    /// <returns>The runs that left something and may still go on, and how many objects of others were removed.</returns>
    public async Task<(IReadOnlyList<string> Waiting, int Removed)> CollectAsync(TimeSpan age, CancellationToken cancellationToken = default)
    {
        var (committed, named) = await CommittedAsync(cancellationToken);
        var left = await LeavingsAsync(committed, named, cancellationToken);
        // What a run has handed from step to step is of no use once it is over, nor is a list of an attempt before a merge came; that its epoch is there says nothing of whether it knows that yet.
        var handedOver = left.Keys.Where(committed.Contains).ToList();
        await foreach (var marker in store.ListAsync(RepositoryNames.Orphans, cancellationToken))
        {
            if (!left.ContainsKey(RepositoryNames.GenerationOf(marker.Name)))
                await store.DeleteAsync(marker.Name, cancellationToken);
        }

        var (waiting, removed) = (new List<string>(), 0);
        foreach (var (generation, names) in left.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            var isDone = handedOver.Contains(generation);
            if (generation == await HolderAsync(cancellationToken) || time.GetUtcNow() - await FirstSeenAsync(generation, cancellationToken) < age)
            {
                if (!isDone)
                    waiting.Add(generation);
                continue;
            }

            if (!isDone)
            {
                await store.CreateAsync(RepositoryNames.Collected(generation), "{}"u8.ToArray(), cancellationToken);
                // It may have woken up in this moment. It takes the lease before it looks for what was just created, so that one of the two sees the other; or it has come to its epoch.
                if (generation == await HolderAsync(cancellationToken) || (await CommittedAsync(cancellationToken)).Generations.Contains(generation))
                    continue;
            }

            foreach (var name in names)
                await store.DeleteAsync(name, cancellationToken);
            removed += names.Count;
            await store.DeleteAsync(RepositoryNames.Orphan(generation), cancellationToken);
        }

        return (waiting, removed);
    }

    /// <summary>The runs that have an epoch or a merge, and the lists that epochs and merges name.</summary>
    private async Task<(HashSet<string> Generations, HashSet<string> Lists)> CommittedAsync(CancellationToken cancellationToken)
    {
        var epochs = await repository.ReadEpochsAsync(epoch => (epoch.Run.Generation, Lists: epoch.OwnLists.Values.SelectMany(lists => lists.Lists).ToList()), cancellationToken);
        var merges = (await repository.ReadMergesAsync(cancellationToken)).Merges;
        var generations = epochs.Select(epoch => epoch.Generation).Concat(merges.Select(merge => merge.Run.Generation)).ToHashSet(StringComparer.Ordinal);
        await foreach (var pruned in repository.ListPrunedAsync(cancellationToken))
            generations.Add((await repository.ReadPrunedAsync(pruned, cancellationToken)).Run.Generation);
        return (generations, epochs.SelectMany(epoch => epoch.Lists).Concat(merges.SelectMany(merge => merge.Lists.Values.SelectMany(lists => lists.Lists))).ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>
    /// The objects of runs without an epoch or a merge, by run: lists that lead to their segments first; and of all runs, what they have handed from step to step, and lists that nothing names.
    /// </summary>
    private async Task<Dictionary<string, List<string>>> LeavingsAsync(HashSet<string> committed, HashSet<string> named, CancellationToken cancellationToken)
    {
        var left = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var prefix in (string[])["topics/", PackLayout.Prefix, RepositoryNames.Runs])
        {
            await foreach (var found in store.ListAsync(prefix, cancellationToken))
            {
                if (GenerationOf(found.Name) is { } generation && (prefix == RepositoryNames.Runs || !committed.Contains(generation)))
                    Of(generation).Add(found.Name);
            }
        }

        await foreach (var list in store.ListAsync(RepositoryNames.Lists, cancellationToken))
        {
            var hash = RepositoryNames.HashOf(list.Name);
            if (!named.Contains(hash) && await ReadIfThereAsync(hash, cancellationToken) is { } content && OwnerOf(content) is { } owner)
                Of(owner).Insert(0, list.Name);
        }

        return left;

        List<string> Of(string generation) => left.TryGetValue(generation, out var names) ? names : left[generation] = [];

        // A list of a merge or behind one says whose it is: it may lead to nothing of its own run. Another one is of the run that is not over, or else of the last one.
        string? OwnerOf(SharedSegmentList content)
        {
            string?[] runs = content.Generation is { } writer ? [writer] : [.. content.Journals.SelectMany(journal => journal.Segments).Select(segment => GenerationOf(segment.Object))];
            return runs.FirstOrDefault(run => run is not null && left.ContainsKey(run) && !committed.Contains(run)) ?? (runs.All(run => run is not null && committed.Contains(run)) ? runs.LastOrDefault() : null);
        }
    }

    /// <summary>A list; null if another prune has removed it since it was listed.</summary>
    private async Task<SharedSegmentList?> ReadIfThereAsync(string hash, CancellationToken cancellationToken)
    {
        try
        {
            return await repository.ReadListObjectAsync(hash, cancellationToken);
        }
        catch (DamagedObjectException e) when (e.InnerException is ObjectNotFoundException)
        {
            return null;
        }
    }

    private async Task<DateTimeOffset> FirstSeenAsync(string generation, CancellationToken cancellationToken)
    {
        var name = RepositoryNames.Orphan(generation);
        var now = time.GetUtcNow();
        try
        {
            await store.CreateAsync(name, JsonSerializer.SerializeToUtf8Bytes(new FirstSeen(now), RepositoryJson.Default.FirstSeen), cancellationToken);
            return now;
        }
        catch (ObjectConflictException)
        {
            // Seen before.
        }

        try
        {
            return JsonSerializer.Deserialize(await store.ReadAllAsync(name, cancellationToken), RepositoryJson.Default.FirstSeen)!.At;
        }
        catch (ObjectNotFoundException)
        {
            // Another prune is through with it.
            return now;
        }
    }

    /// <summary>The run that has the writer's lease; null if none has.</summary>
    private async Task<string?> HolderAsync(CancellationToken cancellationToken)
    {
        string? highest = null;
        await foreach (var found in store.ListAsync(LeaseRecord.Folder, cancellationToken))
            highest = LeaseRecord.TermOf(found.Name) is null ? highest : found.Name;
        try
        {
            return highest is not null && LeaseRecord.Read(highest, await store.ReadAllAsync(highest, cancellationToken)) is { IsReturned: false } lease ? lease.Holder : null;
        }
        catch (DamagedObjectException)
        {
            return null;
        }
        catch (ObjectNotFoundException)
        {
            // A higher one has come meanwhile: the run that began it is not one that has stood still.
            return null;
        }
    }

    private static string? GenerationOf(string name)
    {
        var parts = name.Split('/');
        return parts[0] is "packs" or "runs" ? parts[1] : parts is ["topics", _, _, var generation, ..] ? generation : null;
    }
}

/// <summary>When a run without an epoch was first met.</summary>
internal sealed record FirstSeen(DateTimeOffset At);
