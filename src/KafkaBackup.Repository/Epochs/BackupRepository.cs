using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using KafkaBackup.Repository.Encryption;
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

    private BackupRepository(IObjectStore store, Guid id, DateTimeOffset created)
    {
        Store = store;
        Id = id;
        Created = created;
        journal = new SegmentJournal(store);
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
            throw new NotARepositoryException();
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
    public async Task<Epoch?> LatestAsync(CancellationToken cancellationToken = default)
    {
        long? latest = null;
        await foreach (var entry in ListEpochsAsync(cancellationToken))
            latest = entry.Sequence;
        return latest is { } sequence ? await ReadEpochAsync(sequence, cancellationToken) : null;
    }

    /// <summary>Reads an epoch's manifest and checks it.</summary>
    /// <exception cref="EpochNotFoundException">There is none.</exception>
    public async Task<Epoch> ReadEpochAsync(long sequence, CancellationToken cancellationToken = default)
    {
        try
        {
            return Manifest.Read(sequence, await Store.ReadAllAsync(RepositoryNames.Epoch(sequence), cancellationToken));
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
        var made = new ConcurrentDictionary<long, T>();
        await Parallel.ForEachAsync(
            ListEpochsAsync(cancellationToken), new ParallelOptions { MaxDegreeOfParallelism = ParallelManifests, CancellationToken = cancellationToken }, async (entry, cancellation) =>
            {
                try
                {
                    made[entry.Sequence] = of(await ReadEpochAsync(entry.Sequence, cancellation));
                }
                catch (EpochNotFoundException)
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

    /// <summary>All segments of a topic's lineage up to an epoch, by partition and offset.</summary>
    /// <exception cref="ArgumentException">The epoch does not hold the topic.</exception>
    public async Task<IReadOnlyList<SegmentReference>> ReadSegmentsAsync(Epoch epoch, string topic, CancellationToken cancellationToken = default)
    {
        var held = epoch.Core.Topics.FirstOrDefault(t => t.Name == topic) ?? throw new ArgumentException($"epoch {epoch.Sequence} does not hold {topic}");
        var segments = new List<SegmentReference>();
        foreach (var hash in epoch.Lists.TryGetValue(held.Journal, out var lists) ? lists.Lists : [])
            segments.AddRange(await journal.ReadAsync(held.Name, held.Lineage, hash, cancellationToken));
        return [.. segments.OrderBy(segment => segment.Partition).ThenBy(segment => segment.From)];
    }

    /// <summary>
    /// Commits an epoch: writes the lists, then the manifest, which is the commit. The segments are durable already. Repeating an interrupted commit of the
    /// same run is success, and returns what is there.
    /// </summary>
    /// <param name="core">The epoch; its parent is the latest one.</param>
    /// <param name="added">The new segments by topic, those of a partition in order.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Stops the call; whether the epoch is committed is then unknown, and repeating tells.</param>
    /// <exception cref="EpochConflictException">Another writer was faster, or the parent is another one.</exception>
    /// <exception cref="ArgumentException">Core and segments contradict each other.</exception>
    public async Task<Epoch> CommitAsync(
        EpochCore core, IReadOnlyDictionary<string, IReadOnlyList<SegmentReference>> added, RunInfo run, CancellationToken cancellationToken = default)
    {
        CommitChecks.Check(core, added);
        var ordered = CoreHash.Order(core);
        var coreBytes = CoreHash.ToBytes(ordered);
        var lists = await AppendAsync(ordered, await ParentListsAsync(core, cancellationToken), added, cancellationToken);
        var epoch = new Epoch(ordered, Checksum.Hash(coreBytes), lists, run);
        if (await Store.GetLengthAsync(RepositoryNames.Collected(run.Generation), cancellationToken) is not null)
            throw new EpochConflictException(core.Sequence, "its run had stood still for so long that prune removed what it had written");
        try
        {
            await Store.CreateAsync(RepositoryNames.Epoch(core.Sequence), Manifest.Write(coreBytes, lists, run), cancellationToken);
            return epoch;
        }
        catch (ObjectConflictException)
        {
            var there = await ReadEpochAsync(core.Sequence, cancellationToken);
            return there.IsSameAs(epoch)
                ? there
                : throw new EpochConflictException(
                    core.Sequence, $"instance {there.Run.Instance} on {there.Run.Host} has committed it, at {there.Run.SealedAt:u}");
        }
    }

    /// <summary>All references of a list.</summary>
    internal Task<IReadOnlyList<ListedSegments>> ReadListAsync(string hash, CancellationToken cancellationToken) => journal.ReadAllAsync(hash, cancellationToken);

    private async Task<IReadOnlyDictionary<string, TopicLists>> ParentListsAsync(EpochCore core, CancellationToken cancellationToken)
    {
        if (core.Parent is not { } expected)
            return new Dictionary<string, TopicLists>();
        Epoch parent;
        try
        {
            parent = await ReadEpochAsync(expected.Sequence, cancellationToken);
        }
        catch (EpochNotFoundException)
        {
            throw new EpochConflictException(core.Sequence, $"its parent, epoch {expected.Sequence}, is not there");
        }

        if (parent.CoreHash != expected.Core)
            throw new EpochConflictException(core.Sequence, $"epoch {expected.Sequence} is not the one that it was made to follow");
        CommitChecks.CheckContinuity(core, parent.Core);
        return parent.Lists;
    }

    /// <summary>The journals after this epoch. Those of topics that it does not hold are carried over, so that a later epoch can go on with them.</summary>
    private async Task<SortedDictionary<string, TopicLists>> AppendAsync(
        EpochCore core,
        IReadOnlyDictionary<string, TopicLists> parent,
        IReadOnlyDictionary<string, IReadOnlyList<SegmentReference>> added,
        CancellationToken cancellationToken)
    {
        var held = core.Topics.Select(topic => topic.Name).ToHashSet(StringComparer.Ordinal);
        var lists = new SortedDictionary<string, TopicLists>(StringComparer.Ordinal);
        foreach (var (key, value) in parent.Where(list => !held.Contains(list.Key[..list.Key.IndexOf('/')])))
            lists[key] = value;
        var news = core.Topics.Select(topic => new JournalNews(
            topic.Name,
            topic.Lineage,
            parent.TryGetValue(topic.Journal, out var there) ? there.Lists : [],
            [.. added.GetValueOrDefault(topic.Name, []).OrderBy(segment => segment.Partition).ThenBy(segment => segment.From)])).ToList();
        foreach (var (topic, hashes) in core.Topics.Zip(await journal.AppendAsync(news, cancellationToken)))
            lists[topic.Journal] = new TopicLists(core.Sequence, hashes);
        return lists;
    }
}
