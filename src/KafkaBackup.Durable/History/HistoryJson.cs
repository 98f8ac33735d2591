using System.Text.Json;
using System.Text.Json.Serialization;

namespace KafkaBackup.Durable;

/// <summary>The stored form of a history.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HistoryEvent))]
[JsonSerializable(typeof(TaskFailureDetails))]
internal sealed partial class HistoryJson : JsonSerializerContext
{
    public static string Write(HistoryEvent @event) => JsonSerializer.Serialize(@event, Default.HistoryEvent);

    public static HistoryEvent ReadEvent(string json) => JsonSerializer.Deserialize(json, Default.HistoryEvent)!;

    public static string? Write(TaskFailureDetails? failure) => failure is null ? null : JsonSerializer.Serialize(failure, Default.TaskFailureDetails);

    public static TaskFailureDetails? ReadFailure(string? json) => json is null ? null : JsonSerializer.Deserialize(json, Default.TaskFailureDetails);
}
