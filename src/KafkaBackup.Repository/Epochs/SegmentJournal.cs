using System.Collections.Concurrent;
using System.Text.Json;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Epochs;

/// <summary>Lineages' journals of segments, in list objects. Source: FORMAT.md, "Lists".</summary>
internal sealed class SegmentJournal(IObjectStore store)
{
    /// <summary>References in a list at most.</summary>
    public const int ListSize = 256;

    /// <summary>Lists kept in memory: lineages that share lists follow one another, and each list is read once for all of them.</summary>
    private const int MostRead = 16;

    private readonly ConcurrentDictionary<string, IReadOnlyList<ListedSegments>> read = new(StringComparer.Ordinal);

    /// <summary>The lists of journals that are written anew, of references that are known all.</summary>
    /// <param name="journals">The journals, ordered by topic; their lists so far are none.</param>
    /// <param name="generation">The run of the merge.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>For each journal, the hashes of its lists, in order.</returns>
    public Task<IReadOnlyList<IReadOnlyList<string>>> RewriteAsync(IReadOnlyList<JournalNews> journals, string generation, CancellationToken cancellationToken) =>
        AppendAsync(journals, generation, isMerge: true, cancellationToken);

    /// <summary>Appends references: full lists stay as they are, of those that are not full the last ones of a journal get a successor.</summary>
    /// <param name="journals">The journals, ordered by topic.</param>
    /// <param name="generation">The writer's run.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>For each journal, the hashes of all its lists, in order.</returns>
    public Task<IReadOnlyList<IReadOnlyList<string>>> AppendAsync(IReadOnlyList<JournalNews> journals, string generation, CancellationToken cancellationToken) =>
        AppendAsync(journals, generation, isMerge: false, cancellationToken);

    private async Task<IReadOnlyList<IReadOnlyList<string>>> AppendAsync(
        IReadOnlyList<JournalNews> journals, string generation, bool isMerge, CancellationToken cancellationToken)
    {
        var lists = journals.Select(journal => journal.Lists.ToList()).ToList();
        var shared = new List<(List<string> Lists, ListedSegments Segments)>();
        for (var i = 0; i < journals.Count; i++)
        {
            foreach (var chunk in (await PendingAsync(journals[i], lists[i], cancellationToken)).Chunk(ListSize))
            {
                var segments = new ListedSegments(journals[i].Topic, journals[i].Lineage, chunk);
                if (chunk.Length == ListSize || !(isMerge || chunk.Any(IsShared)))
                {
                    lists[i].Add(await CreateAsync([segments], generation, isMerge, cancellationToken));
                    continue;
                }

                if (shared.Sum(other => other.Segments.Segments.Count) + chunk.Length > ListSize)
                    await ShareAsync(shared, generation, isMerge, cancellationToken);
                shared.Add((lists[i], segments));
            }
        }

        await ShareAsync(shared, generation, isMerge, cancellationToken);
        return lists;
    }

    /// <summary>The references of one lineage in one list.</summary>
    /// <exception cref="DamagedObjectException">It is missing, or not what its name says.</exception>
    /// <exception cref="UnsupportedFormatException">It is of another format or version.</exception>
    public async Task<IReadOnlyList<SegmentReference>> ReadAsync(string topic, string lineage, string hash, CancellationToken cancellationToken)
    {
        if (!read.TryGetValue(hash, out var journals))
        {
            journals = await ReadAllAsync(hash, cancellationToken);
            if (read.Count >= MostRead)
                read.Clear();
            read[hash] = journals;
        }

        return Of(topic, lineage, hash, journals);
    }

    /// <summary>The references of one lineage among those of a list.</summary>
    /// <exception cref="DamagedObjectException">The list has none of it.</exception>
    public static IReadOnlyList<SegmentReference> Of(string topic, string lineage, string hash, IReadOnlyList<ListedSegments> journals) =>
        journals.FirstOrDefault(journal => journal.Topic == topic && journal.Lineage == lineage)?.Segments
        ?? throw new DamagedObjectException(
            RepositoryNames.List(hash),
            $"it is of {string.Join(", ", journals.Select(journal => $"{journal.Topic}/{journal.Lineage}"))}, and was to be of {topic}/{lineage}");

    /// <summary>The references of all lineages in one list.</summary>
    /// <exception cref="DamagedObjectException">It is missing, or not what its name says.</exception>
    /// <exception cref="UnsupportedFormatException">It is of another format or version.</exception>
    public async Task<IReadOnlyList<ListedSegments>> ReadAllAsync(string hash, CancellationToken cancellationToken) => (await ReadObjectAsync(hash, cancellationToken)).Journals;

    /// <summary>A list: the references of all its lineages, and the run that wrote it, where it says that.</summary>
    /// <exception cref="DamagedObjectException">It is missing, or not what its name says.</exception>
    /// <exception cref="UnsupportedFormatException">It is of another format or version.</exception>
    public async Task<SharedSegmentList> ReadObjectAsync(string hash, CancellationToken cancellationToken)
    {
        var name = RepositoryNames.List(hash);
        try
        {
            var json = await store.ReadAllAsync(name, cancellationToken);
            if (Checksum.Hash(json) != hash)
                throw new DamagedObjectException(name, "its bytes do not have the SHA-256 that names it");
            if (FormatHeader.Check(name, json) >= RepositoryNames.PackedListVersion)
                return JsonSerializer.Deserialize(json, RepositoryJson.Default.SharedSegmentList)!;
            var list = JsonSerializer.Deserialize(json, RepositoryJson.Default.SegmentList)!;
            return new SharedSegmentList(list.Format, list.Version, [new ListedSegments(list.Topic, list.Lineage, list.Segments)]);
        }
        catch (ObjectNotFoundException e)
        {
            throw new DamagedObjectException(name, "it is missing", e);
        }
        catch (JsonException e)
        {
            throw new DamagedObjectException(name, e.Message, e);
        }
    }

    /// <summary>
    /// What has to be written for a journal: its news, behind the references of the last lists, which then count no more. Lists that may be shared are replaced only by
    /// what is twice as long, so that a journal has few of them, and yet each reference is written few times, however often an epoch brings little.
    /// </summary>
    private async Task<List<SegmentReference>> PendingAsync(JournalNews journal, List<string> lists, CancellationToken cancellationToken)
    {
        var pending = journal.Added.ToList();
        while (pending.Count > 0 && lists.Count > 0)
        {
            var last = await ReadAsync(journal.Topic, journal.Lineage, lists[^1], cancellationToken);
            if (last.Count >= ListSize || (last.Count > pending.Count && last.Concat(pending).Any(IsShared)))
                break;
            pending.InsertRange(0, last);
            lists.RemoveAt(lists.Count - 1);
        }

        return pending;
    }

    /// <summary>Whether a list that leads to it may be shared: the form that it takes then is that of versions 2 and 3.</summary>
    private static bool IsShared(SegmentReference segment) => segment.IsPacked || segment.IsMerged;

    private async Task ShareAsync(List<(List<string> Lists, ListedSegments Segments)> shared, string generation, bool isMerge, CancellationToken cancellationToken)
    {
        if (shared.Count == 0)
            return;
        var hash = await CreateAsync([.. shared.Select(journal => journal.Segments)], generation, isMerge, cancellationToken);
        foreach (var (lists, _) in shared)
            lists.Add(hash);
        shared.Clear();
    }

    private async Task<string> CreateAsync(IReadOnlyList<ListedSegments> journals, string generation, bool isMerge, CancellationToken cancellationToken)
    {
        var isMerged = isMerge || journals.Any(journal => journal.Segments.Any(segment => segment.IsMerged));
        var json = isMerged || journals.Any(journal => journal.Segments.Any(segment => segment.IsPacked))
            ? JsonSerializer.SerializeToUtf8Bytes(
                new SharedSegmentList(
                    RepositoryNames.ListFormat, isMerged ? RepositoryNames.MergedListVersion : RepositoryNames.PackedListVersion, journals, isMerged ? generation : null),
                RepositoryJson.Default.SharedSegmentList)
            : JsonSerializer.SerializeToUtf8Bytes(
                new SegmentList(RepositoryNames.ListFormat, RepositoryNames.Version, journals[0].Topic, journals[0].Lineage, journals[0].Segments), RepositoryJson.Default.SegmentList);
        var hash = Checksum.Hash(json);
        await store.CreateAsync(RepositoryNames.List(hash), json, cancellationToken);
        return hash;
    }
}

/// <summary>What is appended to a lineage's journal.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Lineage">Its life.</param>
/// <param name="Lists">The hashes of the journal's lists so far, in order.</param>
/// <param name="Added">The new references, by partition and offset.</param>
internal sealed record JournalNews(string Topic, string Lineage, IReadOnlyList<string> Lists, IReadOnlyList<SegmentReference> Added);
