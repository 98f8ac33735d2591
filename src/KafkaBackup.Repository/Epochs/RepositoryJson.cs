using System.Text.Json.Serialization;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Epochs;

/// <summary>The serialization of everything that the repository keeps as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    Converters = [typeof(PartitionEpochConverter)],
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EpochCore))]
[JsonSerializable(typeof(RunInfo))]
[JsonSerializable(typeof(SortedDictionary<string, TopicLists>))]
[JsonSerializable(typeof(SegmentList))]
[JsonSerializable(typeof(SharedSegmentList))]
[JsonSerializable(typeof(MergeObject))]
[JsonSerializable(typeof(PackDirectory))]
[JsonSerializable(typeof(RepositoryHeader))]
[JsonSerializable(typeof(EncryptedRepositoryHeader))]
[JsonSerializable(typeof(KeyHeader))]
[JsonSerializable(typeof(ManifestFacts))]
[JsonSerializable(typeof(PruneIntent))]
[JsonSerializable(typeof(RestorePin))]
[JsonSerializable(typeof(FirstSeen))]
internal sealed partial class RepositoryJson : JsonSerializerContext;

/// <summary>A list object. Source: FORMAT.md, "Lists".</summary>
internal sealed record SegmentList(string Format, int Version, string Topic, string Lineage, IReadOnlyList<SegmentReference> Segments);

/// <summary>A list object of version 2, or of version 3, which says the run that wrote it. Source: FORMAT.md, "Lists".</summary>
internal sealed record SharedSegmentList(
    string Format, int Version, IReadOnlyList<ListedSegments> Journals, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Generation = null);

/// <summary>A lineage's references in a list.</summary>
internal sealed record ListedSegments(string Topic, string Lineage, IReadOnlyList<SegmentReference> Segments);

/// <summary><c>repository.json</c> without its checksum. Source: FORMAT.md, "repository.json".</summary>
internal sealed record RepositoryHeader(string Format, int Version, Guid Id, DateTimeOffset Created);
