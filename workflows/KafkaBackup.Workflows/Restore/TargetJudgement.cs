using KafkaBackup.Kafka.Administration;

namespace KafkaBackup.Workflows.Restore;

/// <summary>
/// What the target says of a topic before anything is written: an older or newer version does not know every setting, and a managed cluster does
/// not allow every one. Asked only now, the refusal would come when other topics have been created.
/// </summary>
internal static class TargetJudgement
{
    /// <summary>Everything that the target would refuse, with the remedy.</summary>
    public static Task<IReadOnlyList<string>> FindAsync(ClusterAdmin admin, TopicPlan topic) => topic.Exists ? OfExistingAsync(admin, topic) : OfNewAsync(admin, topic);

    private static async Task<IReadOnlyList<string>> OfNewAsync(ClusterAdmin admin, TopicPlan topic)
    {
        var own = topic.Settings.Where(s => s.Value is not null).ToDictionary(s => s.Key, s => s.Value!);
        var refusal = await JudgeAsync(RestoreOverrides.AtCreation(topic.Settings)) ?? await JudgeAsync(own);
        if (refusal is null)
            return [];
        // Which of them is it? A broker names the first one at most, and in words only.
        var refused = new List<string>();
        if (await JudgeAsync(new Dictionary<string, string>()) is null)
        {
            foreach (var (name, value) in own)
            {
                if (await JudgeAsync(new Dictionary<string, string> { [name] = value }) is { } why)
                    refused.Add($"topic '{topic.Target}': the target refuses {name}={value} ({why}); leave the setting out with --without-settings {name}");
            }
        }

        return refused.Count > 0 ? refused : [$"topic '{topic.Target}' can't be created at the target: {refusal}"];

        Task<string?> JudgeAsync(IReadOnlyDictionary<string, string> settings) =>
            admin.JudgeTopicAsync(topic.Target, topic.Partitions.Count, topic.ReplicationFactor, settings);
    }

    private static async Task<IReadOnlyList<string>> OfExistingAsync(ClusterAdmin admin, TopicPlan topic) =>
        await admin.JudgeSettingsAsync(topic.Target, RestoreOverrides.Fixed().ToDictionary(s => s.Key, string? (s) => s.Value)) is { } refusal
            ? [$"topic '{topic.Target}' can't be configured for the restore: {refusal}; restore under another name with --map, or to a cluster that allows it"]
            : [];
}
