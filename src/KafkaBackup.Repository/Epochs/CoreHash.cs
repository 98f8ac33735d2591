using System.Text.Json;

namespace KafkaBackup.Repository.Epochs;

/// <summary>A core's one form in bytes, and its hash: equal states of a cluster have equal ones. Source: FORMAT.md, "Manifests".</summary>
public static class CoreHash
{
    /// <summary>The SHA-256 of the core as its manifest has it, in lower-case hexadecimal digits.</summary>
    public static string Of(EpochCore core) => Checksum.Hash(ToBytes(Order(core)));

    /// <summary>The core with topics, partitions, settings, groups and offsets in their order.</summary>
    internal static EpochCore Order(EpochCore core) => core with
    {
        Topics = [.. core.Topics.Select(Order).OrderBy(topic => topic.Name, StringComparer.Ordinal)],
        Groups =
        [
            .. core.Groups
                .Select(group => group with
                {
                    Offsets = [.. group.Offsets.OrderBy(offset => offset.Topic, StringComparer.Ordinal).ThenBy(offset => offset.Partition)],
                })
                .OrderBy(group => group.Group, StringComparer.Ordinal),
        ],
    };

    internal static byte[] ToBytes(EpochCore ordered) => JsonSerializer.SerializeToUtf8Bytes(ordered, RepositoryJson.Default.EpochCore);

    private static TopicEpoch Order(TopicEpoch topic) => topic with
    {
        Configuration = new SortedDictionary<string, string?>(topic.Configuration.ToDictionary(), StringComparer.Ordinal),
        Partitions = [.. topic.Partitions.OrderBy(partition => partition.Partition)],
        Gaps = [.. topic.Gaps.OrderBy(gap => gap.Partition).ThenBy(gap => gap.From)],
        Notes = [.. topic.Notes.OrderBy(note => note.Partition).ThenBy(note => note.From).ThenBy(note => note.Code, StringComparer.Ordinal)],
    };
}
