using System.Text.Json;
using System.Text.Json.Serialization;

namespace KafkaBackup.Durable;

/// <summary>The form in which events and failures are stored and exported. It is read for as long as there are histories: fields are added, never changed.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HistoryEvent))]
[JsonSerializable(typeof(TaskFailureDetails))]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
[JsonSerializable(typeof(RecordedHistory))]
public sealed partial class HistoryJson : JsonSerializerContext
{
    private static readonly Lazy<HistoryJson> Indented = new(() => new(new JsonSerializerOptions(Default!.Options) { WriteIndented = true }));

    internal static HistoryJson Readable => Indented.Value;

    /// <summary>An event on one line.</summary>
    public static string Write(HistoryEvent @event) => JsonSerializer.Serialize(@event, Default.HistoryEvent);

    /// <exception cref="JsonException">It is no event.</exception>
    public static HistoryEvent ReadEvent(string json) => JsonSerializer.Deserialize(json, Default.HistoryEvent)!;

    public static string? Write(TaskFailureDetails? failure) => failure is null ? null : JsonSerializer.Serialize(failure, Default.TaskFailureDetails);

    public static TaskFailureDetails? ReadFailure(string? json) => json is null ? null : JsonSerializer.Deserialize(json, Default.TaskFailureDetails);
}
