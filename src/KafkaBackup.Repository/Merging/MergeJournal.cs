using System.Collections.Concurrent;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Merging;

/// <summary>The merges of a repository. What was read once is not read again, as none ever changes.</summary>
internal sealed class MergeJournal(IObjectStore store)
{
    private readonly ConcurrentDictionary<long, Merge> read = [];

    /// <summary>Reads the newest merge, which says of all lineages where their data lies.</summary>
    /// <param name="newest">As if there were none above this number; null for the newest that is there.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="DamagedObjectException">It is damaged, or missing: nothing says where the data lies then.</exception>
    /// <exception cref="UnsupportedFormatException">It is a newer program's.</exception>
    public async Task<MergeView> ViewAsync(long? newest, CancellationToken cancellationToken) =>
        (newest ?? await NewestAsync(cancellationToken)) is > 0 and var number ? new MergeView([await ReadAsync(number, cancellationToken)]) : new MergeView([]);

    /// <summary>Reads all merges.</summary>
    /// <exception cref="DamagedObjectException">One is damaged, or missing.</exception>
    /// <exception cref="UnsupportedFormatException">One is a newer program's.</exception>
    public async Task<MergeView> ReadAllAsync(CancellationToken cancellationToken)
    {
        var merges = new List<Merge>();
        var newest = await NewestAsync(cancellationToken);
        for (var number = 1L; number <= newest; number++)
            merges.Add(await ReadAsync(number, cancellationToken));
        return new MergeView(merges);
    }

    /// <summary>The number of the newest; 0 if there is none.</summary>
    public async Task<long> NewestAsync(CancellationToken cancellationToken)
    {
        var newest = 0L;
        await foreach (var found in store.ListAsync(RepositoryNames.Merges, cancellationToken))
            newest = RepositoryNames.MergeNumberOf(found.Name) ?? newest;
        return newest;
    }

    /// <summary>Reads a merge.</summary>
    /// <exception cref="DamagedObjectException">It is damaged, or missing.</exception>
    public async Task<Merge> ReadAsync(long number, CancellationToken cancellationToken)
    {
        try
        {
            return read.TryGetValue(number, out var there) ? there : read[number] = Merge.Read(number, await store.ReadAllAsync(RepositoryNames.Merge(number), cancellationToken));
        }
        catch (ObjectNotFoundException e)
        {
            throw new DamagedObjectException(RepositoryNames.Merge(number), "it is missing", e);
        }
    }

    /// <summary>Commits a merge. Repeating an interrupted commit of the same run is success.</summary>
    /// <returns>The merge that is there.</returns>
    /// <exception cref="MergeConflictException">Another merge has its number, or what it wrote has been removed.</exception>
    public async Task<Merge> CommitAsync(Merge merge, CancellationToken cancellationToken)
    {
        if (await store.GetLengthAsync(RepositoryNames.Collected(merge.Run.Generation), cancellationToken) is not null)
            throw new MergeConflictException(merge.Number, "its run had stood still for so long that prune removed what it had written");
        try
        {
            await store.CreateAsync(RepositoryNames.Merge(merge.Number), merge.Write(), cancellationToken);
            return merge;
        }
        catch (ObjectConflictException)
        {
            var there = await ReadAsync(merge.Number, cancellationToken);
            return there.Run.Generation == merge.Run.Generation
                ? there
                : throw new MergeConflictException(merge.Number, $"instance {there.Run.Instance} on {there.Run.Host} has committed one, at {there.Run.CommittedAt:u}");
        }
    }
}
