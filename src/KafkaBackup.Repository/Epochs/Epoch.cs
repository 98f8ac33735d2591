using System.Text.Json.Serialization;

namespace KafkaBackup.Repository.Epochs;

/// <summary>An epoch as its manifest has it.</summary>
/// <param name="Core">What it is.</param>
/// <param name="CoreHash">The hash that its successor names it by.</param>
/// <param name="Lists">Where the data is: per topic and lineage (<c>topic/lineage</c>), including those that only earlier epochs hold; as merges have it since.</param>
/// <param name="Run">The run that made it.</param>
public sealed record Epoch(EpochCore Core, string CoreHash, IReadOnlyDictionary<string, TopicLists> Lists, RunInfo Run)
{
    /// <summary>The epoch's number.</summary>
    public long Sequence => Core.Sequence;

    /// <summary>Where the data was when the manifest was made.</summary>
    [JsonIgnore]
    internal IReadOnlyDictionary<string, TopicLists> OwnLists { get; init; } = Lists;

    /// <summary>
    /// Whether both are one run's same epoch; when it was sealed, and by which version of the program, does not matter. Nor do the lists: a merge between two attempts makes others.
    /// </summary>
    internal bool IsSameAs(Epoch other) => CoreHash == other.CoreHash && Run.Instance == other.Run.Instance && Run.Generation == other.Run.Generation;
}

/// <summary>A lineage's journal of segments.</summary>
/// <param name="Epoch">The last epoch that holds the lineage: its entry says how far the partitions are.</param>
/// <param name="Lists">The hashes of its list objects, in order.</param>
public sealed record TopicLists(long Epoch, IReadOnlyList<string> Lists);

/// <summary>What is of the run and not of the data.</summary>
/// <param name="Instance">The orchestration.</param>
/// <param name="Generation">The folder name of its segments.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="CutAt">When the last partition's cut was fixed.</param>
/// <param name="SealedAt">When the manifest was made.</param>
/// <param name="Host">The machine.</param>
/// <param name="Program">The program's name and version.</param>
public sealed record RunInfo(
    string Instance,
    string Generation,
    DateTimeOffset StartedAt,
    DateTimeOffset CutAt,
    DateTimeOffset SealedAt,
    string Host,
    string Program);

/// <summary>An epoch in a listing.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="ManifestBytes">The size of its manifest.</param>
public readonly record struct EpochEntry(long Sequence, long ManifestBytes);
