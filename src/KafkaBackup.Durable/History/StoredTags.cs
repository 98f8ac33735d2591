using System.Text.Json;

namespace KafkaBackup.Durable;

/// <summary>Tags as they are stored: a JSON object of strings, its names in order.</summary>
internal static class StoredTags
{
    public static string? Write(IEnumerable<KeyValuePair<string, string>>? tags)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in tags ?? [])
            sorted[name] = value;
        return sorted.Count == 0 ? null : JsonSerializer.Serialize(sorted, HistoryJson.Default.SortedDictionaryStringString);
    }

    public static IReadOnlyDictionary<string, string> Read(string? json) =>
        json is null ? [] : JsonSerializer.Deserialize(json, HistoryJson.Default.SortedDictionaryStringString)!;
}
