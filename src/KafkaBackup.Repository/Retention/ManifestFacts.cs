using System.Text.Json;
using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Retention;

/// <summary>
/// The members of a manifest that say which segments its epoch needs. A plan looks at every manifest, and those of many partitions are large: reading nothing else of them takes half the time.
/// </summary>
internal sealed record ManifestFacts(CoreFacts Core, SortedDictionary<string, TopicLists> Lists, RunFacts Run)
{
    /// <exception cref="UnsupportedFormatException">It is of another format or version.</exception>
    /// <exception cref="DamagedObjectException">Its checksum does not hold, or it is no manifest of this sequence.</exception>
    public static EpochFacts Read(long sequence, byte[] json)
    {
        var name = RepositoryNames.Epoch(sequence);
        FormatHeader.Check(name, json);
        Checksum.Check(name, json);
        try
        {
            var facts = JsonSerializer.Deserialize(json, RepositoryJson.Default.ManifestFacts)!;
            return facts.Core.Sequence == sequence
                ? new EpochFacts(sequence, facts.Run.SealedAt, facts.Lists, facts.Core.Topics.ToDictionary(topic => $"{topic.Name}/{topic.Lineage}", HeldBy, StringComparer.Ordinal))
                : throw new DamagedObjectException(name, $"it is that of epoch {facts.Core.Sequence}");
        }
        catch (JsonException e)
        {
            throw new DamagedObjectException(name, e.Message, e);
        }
    }

    private static IReadOnlyDictionary<int, HeldOffsets> HeldBy(TopicFacts topic) => topic.Partitions.ToDictionary(p => p.Partition, p => new HeldOffsets(p.LogStart, p.To));
}

/// <summary>Of a core.</summary>
internal sealed record CoreFacts(long Sequence, IReadOnlyList<TopicFacts> Topics);

/// <summary>Of a topic.</summary>
internal sealed record TopicFacts(string Name, string Lineage, IReadOnlyList<PartitionFacts> Partitions);

/// <summary>Of a partition.</summary>
internal readonly record struct PartitionFacts(int Partition, long LogStart, long To);

/// <summary>Of a run.</summary>
internal sealed record RunFacts(DateTimeOffset SealedAt);
