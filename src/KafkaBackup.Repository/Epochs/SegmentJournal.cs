using System.Text.Json;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Epochs;

/// <summary>A lineage's journal of segments, in list objects. Source: FORMAT.md, "Lists".</summary>
internal sealed class SegmentJournal(IObjectStore store)
{
    /// <summary>References in a list at most.</summary>
    public const int ListSize = 256;

    /// <summary>Appends references: full lists stay as they are, the last one gets a successor.</summary>
    /// <returns>The hashes of all lists, in order.</returns>
    public async Task<IReadOnlyList<string>> AppendAsync(
        string topic, string lineage, IReadOnlyList<string> lists, IReadOnlyList<SegmentReference> added, CancellationToken cancellationToken)
    {
        if (added.Count == 0)
            return lists;
        var hashes = lists.ToList();
        var pending = new List<SegmentReference>();
        if (hashes.Count > 0 && await ReadAsync(topic, lineage, hashes[^1], cancellationToken) is { Count: < ListSize } tail)
        {
            pending.AddRange(tail);
            hashes.RemoveAt(hashes.Count - 1);
        }

        pending.AddRange(added);
        foreach (var chunk in pending.Chunk(ListSize))
            hashes.Add(await CreateAsync(new SegmentList(RepositoryNames.ListFormat, RepositoryNames.Version, topic, lineage, chunk), cancellationToken));
        return hashes;
    }

    /// <summary>The references of one list.</summary>
    /// <exception cref="DamagedObjectException">It is missing, or not what its name says.</exception>
    /// <exception cref="UnsupportedFormatException">It is of another format or version.</exception>
    public async Task<IReadOnlyList<SegmentReference>> ReadAsync(string topic, string lineage, string hash, CancellationToken cancellationToken)
    {
        var name = RepositoryNames.List(hash);
        try
        {
            var json = await store.ReadAllAsync(name, cancellationToken);
            if (Checksum.Hash(json) != hash)
                throw new DamagedObjectException(name, "its bytes do not have the SHA-256 that names it");
            FormatHeader.Check(name, json);
            var list = JsonSerializer.Deserialize(json, RepositoryJson.Default.SegmentList)!;
            return list.Topic == topic && list.Lineage == lineage
                ? list.Segments
                : throw new DamagedObjectException(name, $"it is of {list.Topic}/{list.Lineage}, and was to be of {topic}/{lineage}");
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

    private async Task<string> CreateAsync(SegmentList list, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(list, RepositoryJson.Default.SegmentList);
        var hash = Checksum.Hash(json);
        await store.CreateAsync(RepositoryNames.List(hash), json, cancellationToken);
        return hash;
    }
}
