using System.Text.Json.Nodes;
using KafkaBackup.Durable.Replay;

namespace KafkaBackup.Durable.Testing.Histories;

/// <summary>
/// A history that was recorded from a real run ('kafka-backup history ID --raw'), to be replayed against the orchestrators of today: as long as that goes well, an
/// instance that an earlier version of the program has begun goes on with this one.
/// </summary>
public static class GoldenHistory
{
    /// <summary>The names of the recorded histories of a folder.</summary>
    public static IEnumerable<string> In(string folder) => Directory.GetFiles(folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

    public static RecordedHistory Read(string folder, string name) => RecordedHistory.Read(File.ReadAllBytes(Path.Combine(folder, $"{name}.json")));

    /// <summary>
    /// Replays the whole of it and every beginning of it that was committed, and holds the inputs of its calls against those that the code gives now: whatever an
    /// activity was told then it is told now, and may be told more.
    /// </summary>
    /// <param name="create">Makes the orchestrator.</param>
    /// <param name="history">The history.</param>
    /// <exception cref="NonDeterministicOrchestrationException">The code does something else than the history tells.</exception>
    public static ReplayResult Replay(Func<ITaskOrchestrator> create, RecordedHistory history)
    {
        var result = OrchestrationReplayer.ReplayEveryBeginning(create, history);
        foreach (var made in result.Calls)
        {
            var recorded = history.Events.First(each => each.Type == made.Type && each.TaskId == made.TaskId);
            if (Missing(Parse(recorded.Input), Parse(made.Input), "input") is { } missing)
                throw new NonDeterministicOrchestrationException($"Call #{made.TaskId}, {made.Type} '{made.Name}', of '{history.InstanceId}': {missing}");
        }
        return result;
    }

    private static JsonNode? Parse(string? json) => json is null ? null : JsonNode.Parse(json);

    /// <returns>What is recorded and not there now, or null.</returns>
    private static string? Missing(JsonNode? recorded, JsonNode? now, string path) => (recorded, now) switch
    {
        (JsonObject then, JsonObject today) => then.Select(member => Missing(member.Value, today[member.Key], $"{path}.{member.Key}")).FirstOrDefault(each => each is not null),
        (JsonArray then, JsonArray today) when then.Count == today.Count => then.Select((item, i) => Missing(item, today[i], $"{path}[{i}]")).FirstOrDefault(each => each is not null),
        _ => JsonNode.DeepEquals(recorded, now) ? null : $"{path} was {recorded?.ToJsonString() ?? "null"} and is {now?.ToJsonString() ?? "null"} now",
    };
}
