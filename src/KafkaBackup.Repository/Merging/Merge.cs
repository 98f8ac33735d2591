using System.Text.Json;
using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Merging;

/// <summary>A merge as its object has it. Source: FORMAT.md, "Merges".</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Epoch">The newest epoch when it began.</param>
/// <param name="Lists">For each lineage (<c>topic/lineage</c>) whose segments were ever merged, by this merge or one before, where they are found since.</param>
/// <param name="Run">The run that made it.</param>
public sealed record Merge(long Number, long Epoch, IReadOnlyDictionary<string, MergedLists> Lists, MergeRun Run)
{
    internal byte[] Write() => Checksum.Append(JsonSerializer.SerializeToUtf8Bytes(
        new MergeObject(
            RepositoryNames.MergeFormat, RepositoryNames.Version, Number, Epoch,
            new SortedDictionary<string, MergedLists>(Lists.ToDictionary(), StringComparer.Ordinal), Run),
        RepositoryJson.Default.MergeObject));

    /// <exception cref="UnsupportedFormatException">It is of another format or version.</exception>
    /// <exception cref="DamagedObjectException">Its checksum does not hold, or it is no merge of this number.</exception>
    internal static Merge Read(long number, byte[] json)
    {
        var name = RepositoryNames.Merge(number);
        FormatHeader.Check(name, json);
        Checksum.Check(name, json);
        try
        {
            var merge = JsonSerializer.Deserialize(json, RepositoryJson.Default.MergeObject)!;
            return merge.Number == number ? new Merge(number, merge.Epoch, merge.Lists, merge.Run) : throw new DamagedObjectException(name, $"it is that of merge {merge.Number}");
        }
        catch (JsonException e)
        {
            throw new DamagedObjectException(name, e.Message, e);
        }
    }
}

/// <summary>Where the segments of a lineage are found since it was merged.</summary>
/// <param name="Epoch">The newest epoch when that merge began: up to this one epochs are read by these lists.</param>
/// <param name="Lists">The hashes of the lists, in order.</param>
public sealed record MergedLists(long Epoch, IReadOnlyList<string> Lists);

/// <summary>What is of a merge's run and not of the data.</summary>
/// <param name="Instance">The orchestration.</param>
/// <param name="Generation">The folder name of its segments.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="CommittedAt">When its object was made.</param>
/// <param name="Host">The machine.</param>
/// <param name="Program">The program's name and version.</param>
public sealed record MergeRun(string Instance, string Generation, DateTimeOffset StartedAt, DateTimeOffset CommittedAt, string Host, string Program);

/// <summary>A merge without its checksum.</summary>
internal sealed record MergeObject(string Format, int Version, long Number, long Epoch, SortedDictionary<string, MergedLists> Lists, MergeRun Run);

/// <summary>Another merge has taken this one's number, or what this one wrote has been removed. Nothing was changed.</summary>
public sealed class MergeConflictException(long number, string problem) : RepositoryException($"merge {number} can't be committed: {problem}", "nothing was changed; run the merge again")
{
    /// <summary>The number.</summary>
    public long Number { get; } = number;
}
