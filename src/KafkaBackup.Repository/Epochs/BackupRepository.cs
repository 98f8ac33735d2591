using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Epochs;

/// <summary>
/// A repository: its epochs, and the way from an epoch to its segments. Format and order of writing: FORMAT.md. Every member may throw
/// <see cref="RepositoryUnavailableException"/>, and reading ones <see cref="DamagedObjectException"/> and <see cref="UnsupportedFormatException"/>.
/// </summary>
public sealed class BackupRepository
{
    private const int ParallelManifests = 2;

    private readonly SegmentJournal journal;
    private readonly MergeJournal merges;

    private BackupRepository(IObjectStore store, Guid id, DateTimeOffset created)
    {
        Store = store;
        Id = id;
        Created = created;
        journal = new SegmentJournal(store);
        merges = new MergeJournal(store);
    }

    /// <summary>Where it lies.</summary>
    public IObjectStore Store { get; }

    /// <summary>Its id.</summary>
    public Guid Id { get; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>Opens a repository.</summary>
    /// <exception cref="NotARepositoryException">There is none.</exception>
    /// <exception cref="RepositoryKeyException">It is encrypted, and the store is not one that decrypts.</exception>
    public static async Task<BackupRepository> OpenAsync(IObjectStore store, CancellationToken cancellationToken = default)
    {
        try
        {
            var json = await store.ReadAllAsync(RepositoryNames.Repository, cancellationToken);
            if (EncryptedRepository.TryRead(json) is { } encrypted)
                return EncryptedRepository.IsDecrypting(store) ? new BackupRepository(store, encrypted.Id, encrypted.Created) : throw RepositoryKeyException.Missing();
            FormatHeader.Check(RepositoryNames.Repository, json);
            Checksum.Check(RepositoryNames.Repository, json);
            if (EncryptedRepository.IsDecrypting(store))
                throw new DamagedObjectException(RepositoryNames.Repository, "it says that the repository is not encrypted, and the keys beside it say that it is");
            var header = JsonSerializer.Deserialize(json, RepositoryJson.Default.RepositoryHeader)!;
            return new BackupRepository(store, header.Id, header.Created);
        }
        catch (ObjectNotFoundException)
        {
            throw new NotARepositoryException(store.Location);
        }
        catch (JsonException e)
        {
            throw new DamagedObjectException(RepositoryNames.Repository, e.Message, e);
        }
    }

    /// <summary>Opens a repository, or makes one where there is none. Of several that do so at once, one makes it and all open it.</summary>
    /// <param name="store">Where.</param>
    /// <param name="time">The clock for its time of creation.</param>
    /// <param name="id">Its id, if it is made.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public static async Task<BackupRepository> OpenOrCreateAsync(IObjectStore store, TimeProvider time, Guid id, CancellationToken cancellationToken = default)
    {
        if (await store.GetLengthAsync(RepositoryNames.Repository, cancellationToken) is null
            && !(store is ProtectedObjectStore whole && await whole.TryBeginAsync(id, cancellationToken)))
        {
            var header = new RepositoryHeader(RepositoryNames.RepositoryFormat, RepositoryNames.Version, id, time.GetUtcNow());
            try
            {
                await store.CreateAsync(
                    RepositoryNames.Repository,
                    Checksum.Append(JsonSerializer.SerializeToUtf8Bytes(header, RepositoryJson.Default.RepositoryHeader)),
                    cancellationToken);
            }
            catch (ObjectConflictException)
            {
                // Another one was faster: it is a repository all the same.
            }
        }

        return await OpenAsync(store, cancellationToken);
    }

    /// <summary>The epochs, oldest first, without reading their manifests.</summary>
    public async IAsyncEnumerable<EpochEntry> ListEpochsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var found in Store.ListAsync(RepositoryNames.Epochs, cancellationToken))
        {
            if (RepositoryNames.SequenceOf(found.Name) is { } sequence)
                yield return new EpochEntry(sequence, found.Length);
        }
    }

    /// <summary>The latest epoch; null if there is none.</summary>
    public async Task<Epoch?> LatestAsync(CancellationToken cancellationToken = default) => await LatestAsync(await merges.NewestAsync(cancellationToken), cancellationToken);

    /// <summary>The latest epoch, read as if there were no merge above a number; null if there is none.</summary>
    internal async Task<Epoch?> LatestAsync(long newestMerge, CancellationToken cancellationToken)
    {
        long? latest = null;
        await foreach (var entry in ListEpochsAsync(cancellationToken))
            latest = entry.Sequence;
        return latest is { } sequence ? await ReadEpochAsync(sequence, newestMerge, cancellationToken) : null;
    }

    /// <summary>Reads an epoch's manifest and checks it. Its lists are those that it is to be read by now.</summary>
    /// <exception cref="EpochNotFoundException">There is none.</exception>
    public async Task<Epoch> ReadEpochAsync(long sequence, CancellationToken cancellationToken = default) =>
        await ReadEpochAsync(sequence, await merges.ViewAsync(null, cancellationToken), cancellationToken);

    /// <summary>Reads an epoch as if there were no merge above a number: with the lists that it was to be read by when that was the newest.</summary>
    /// <param name="sequence">The epoch.</param>
    /// <param name="newestMerge">The number of a merge that was the newest once; 0 where there was none.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="EpochNotFoundException">There is none.</exception>
    public async Task<Epoch> ReadEpochAsync(long sequence, long newestMerge, CancellationToken cancellationToken = default) =>
        await ReadEpochAsync(sequence, await merges.ViewAsync(newestMerge, cancellationToken), cancellationToken);

    /// <summary>The number of the newest merge; 0 if there is none.</summary>
    public Task<long> NewestMergeAsync(CancellationToken cancellationToken = default) => merges.NewestAsync(cancellationToken);

    private async Task<Epoch> ReadEpochAsync(long sequence, MergeView view, CancellationToken cancellationToken)
    {
        try
        {
            var epoch = Manifest.Read(sequence, await Store.ReadAllAsync(RepositoryNames.Epoch(sequence), cancellationToken));
            return epoch with { Lists = view.Resolve(sequence, epoch.OwnLists) };
        }
        catch (ObjectNotFoundException)
        {
            throw new EpochNotFoundException(sequence);
        }
    }

    /// <summary>What a function makes of each epoch, oldest first. Manifests are read several at once, and none is kept: those of many partitions are large.</summary>
    /// <param name="of">The function; called from several threads.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Nothing of an epoch that was removed since it was listed.</returns>
    public async Task<IReadOnlyList<T>> ReadEpochsAsync<T>(Func<Epoch, T> of, CancellationToken cancellationToken = default)
    {
        var view = await merges.ViewAsync(null, cancellationToken);
        return await ReadManifestsAsync(
            (sequence, json) =>
            {
                var epoch = Manifest.Read(sequence, json);
                return of(epoch with { Lists = view.Resolve(sequence, epoch.OwnLists) });
            },
            cancellationToken);
    }

    /// <summary>What a function makes of each manifest, oldest first; nothing of one that was removed since it was listed.</summary>
    /// <param name="of">The function, of the epoch's number and the manifest's bytes; called from several threads.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    internal async Task<IReadOnlyList<T>> ReadManifestsAsync<T>(Func<long, byte[], T> of, CancellationToken cancellationToken)
    {
        var made = new ConcurrentDictionary<long, T>();
        await Parallel.ForEachAsync(
            ListEpochsAsync(cancellationToken), new ParallelOptions { MaxDegreeOfParallelism = ParallelManifests, CancellationToken = cancellationToken }, async (entry, cancellation) =>
            {
                try
                {
                    made[entry.Sequence] = of(entry.Sequence, await Store.ReadAllAsync(RepositoryNames.Epoch(entry.Sequence), cancellation));
                }
                catch (ObjectNotFoundException)
                {
                    // A prune has removed it meanwhile.
                }
            });
        return [.. made.OrderBy(epoch => epoch.Key).Select(epoch => epoch.Value)];
    }

    /// <summary>The epochs that were removed, oldest first.</summary>
    public async IAsyncEnumerable<long> ListPrunedAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var found in Store.ListAsync(RepositoryNames.Stubs, cancellationToken))
        {
            if (RepositoryNames.PrunedSequenceOf(found.Name) is { } sequence)
                yield return sequence;
        }
    }

    /// <summary>Reads what is left of an epoch that was removed.</summary>
    /// <exception cref="EpochNotFoundException">Nothing is: there never was one, or it is still there.</exception>
    public async Task<PrunedEpoch> ReadPrunedAsync(long sequence, CancellationToken cancellationToken = default)
    {
        try
        {
            return Stub.Read(sequence, await Store.ReadAllAsync(RepositoryNames.Stub(sequence), cancellationToken));
        }
        catch (ObjectNotFoundException)
        {
            throw new EpochNotFoundException(sequence);
        }
    }

    /// <summary>What an epoch is, or was.</summary>
    /// <exception cref="EpochNotFoundException">There never was one.</exception>
    public async Task<EpochCore> ReadCoreAsync(long sequence, CancellationToken cancellationToken = default)
    {
        try
        {
            return (await ReadEpochAsync(sequence, cancellationToken)).Core;
        }
        catch (EpochNotFoundException)
        {
            // Its stub was there before its manifest went.
            return (await ReadPrunedAsync(sequence, cancellationToken)).Core;
        }
    }

    /// <summary>
    /// All segments of a topic's lineage up to an epoch, by partition and offset. Where a merge has put later epochs' batches into the same segment, the reference ends at the
    /// epoch's cut (<see cref="SegmentReference.StoredTo"/>), and what reads segments leaves out what lies above.
    /// </summary>
    /// <exception cref="ArgumentException">The epoch does not hold the topic.</exception>
    public async Task<IReadOnlyList<SegmentReference>> ReadSegmentsAsync(Epoch epoch, string topic, CancellationToken cancellationToken = default)
    {
        var held = epoch.Core.Topics.FirstOrDefault(t => t.Name == topic) ?? throw new ArgumentException($"epoch {epoch.Sequence} does not hold {topic}");
        var ends = held.Partitions.ToDictionary(partition => partition.Partition, partition => partition.To);
        var segments = await ReadJournalAsync(held.Name, held.Lineage, epoch.Lists.TryGetValue(held.Journal, out var lists) ? lists.Lists : [], cancellationToken);
        return [.. segments.Select(segment => segment.ClippedAt(ends.GetValueOrDefault(segment.Partition, -1))).OfType<SegmentReference>()];
    }

    /// <summary>All references of a lineage in lists, by partition and offset.</summary>
    internal async Task<IReadOnlyList<SegmentReference>> ReadJournalAsync(string topic, string lineage, IReadOnlyList<string> lists, CancellationToken cancellationToken)
    {
        var segments = new List<SegmentReference>();
        foreach (var hash in lists)
            segments.AddRange(await journal.ReadAsync(topic, lineage, hash, cancellationToken));
        return [.. segments.OrderBy(segment => segment.Partition).ThenBy(segment => segment.From)];
    }

    /// <summary>
    /// Commits an epoch: writes the lists, then the manifest, which is the commit. The segments are durable already. Repeating an interrupted commit of the
    /// same run is success, and returns what is there; of an epoch that was removed since, what it was, without lists.
    /// </summary>
    /// <param name="core">The epoch; its parent is the latest one.</param>
    /// <param name="added">The new segments by topic, those of a partition in order.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Stops the call; whether the epoch is committed is then unknown, and repeating tells.</param>
    /// <exception cref="EpochConflictException">Another writer was faster, or the parent is another one.</exception>
    /// <exception cref="ArgumentException">Core and segments contradict each other.</exception>
    public Task<Epoch> CommitAsync(
        EpochCore core, IReadOnlyDictionary<string, IReadOnlyList<SegmentReference>> added, RunInfo run, CancellationToken cancellationToken = default) =>
        new EpochCommit(this, journal).RunAsync(core, added, run, cancellationToken);

    /// <summary>All references of a list.</summary>
    internal Task<IReadOnlyList<ListedSegments>> ReadListAsync(string hash, CancellationToken cancellationToken) => journal.ReadAllAsync(hash, cancellationToken);

    /// <summary>A list, with the run that wrote it where it says that.</summary>
    internal Task<SharedSegmentList> ReadListObjectAsync(string hash, CancellationToken cancellationToken) => journal.ReadObjectAsync(hash, cancellationToken);

    /// <summary>All merges that are there.</summary>
    internal Task<MergeView> ReadMergesAsync(CancellationToken cancellationToken) => merges.ReadAllAsync(cancellationToken);

    /// <summary>What a merge says of all lineages; nothing if the number is 0.</summary>
    internal async Task<IReadOnlyDictionary<string, MergedLists>> ReadMergedAsync(long number, CancellationToken cancellationToken) =>
        number == 0 ? new Dictionary<string, MergedLists>() : (await merges.ReadAsync(number, cancellationToken)).Lists;

    /// <summary>Commits a merge: writes its lists, then its object, which is the commit.</summary>
    /// <param name="number">Its number, taken before anything was read.</param>
    /// <param name="epoch">The newest epoch when it began.</param>
    /// <param name="journals">For each lineage that is merged all its references, ordered by topic.</param>
    /// <param name="carried">What the merge before says of others.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Stops the call; repeating it tells whether it is committed.</param>
    /// <exception cref="MergeConflictException">Another merge has this number, or what this one wrote has been removed.</exception>
    internal async Task<Merge> CommitMergeAsync(
        long number, long epoch, IReadOnlyList<ListedSegments> journals, IReadOnlyDictionary<string, MergedLists> carried, MergeRun run, CancellationToken cancellationToken)
    {
        var lists = await journal.RewriteAsync([.. journals.Select(j => new JournalNews(j.Topic, j.Lineage, [], j.Segments))], run.Generation, cancellationToken);
        var named = carried.ToDictionary(StringComparer.Ordinal);
        foreach (var (journal, merged) in journals.Zip(lists))
            named[$"{journal.Topic}/{journal.Lineage}"] = new MergedLists(epoch, merged);
        return await merges.CommitAsync(new Merge(number, epoch, named, run), cancellationToken);
    }
}
