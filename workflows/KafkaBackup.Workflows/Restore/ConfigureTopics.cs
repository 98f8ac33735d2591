using KafkaBackup.Durable;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Restore;

/// <summary>Asks for the topics' own configuration.</summary>
public sealed record ConfigureRequest(RestoreRequest Request, PreparedTopics Prepared);

/// <summary>What the topics' own configuration is going to do to restored records.</summary>
public sealed record ConfiguredTopics(IReadOnlyList<string> Notes);

/// <summary>Gives the target topics their own configuration: the last durable step, for from here on the target deletes and compacts.</summary>
public sealed class ConfigureTopics(IConnections connections) : TaskActivity<ConfigureRequest, ConfiguredTopics>
{
    /// <inheritdoc/>
    public override async Task<ConfiguredTopics> RunAsync(TaskActivityContext context, ConfigureRequest input)
    {
        var admin = connections.Cluster(input.Request.Cluster).Admin;
        var notes = new List<string>();
        foreach (var topic in input.Prepared.Topics)
        {
            await admin.AlterSettingsAsync(topic.Target, topic.Final);
            var inForce = (await admin.ReadSettingsAsync([topic.Target]))[topic.Target].ToDictionary(s => s.Name, s => s.Value);
            if (inForce.GetValueOrDefault("cleanup.policy")?.Contains("compact", StringComparison.Ordinal) == true)
                notes.Add($"topic '{topic.Target}' is compacted again: the cluster will remove superseded records and old tombstones");
            if (inForce.GetValueOrDefault("cleanup.policy")?.Contains("delete", StringComparison.Ordinal) == true
                && long.TryParse(inForce.GetValueOrDefault("retention.ms"), out var retention) && retention >= 0)
                notes.Add($"topic '{topic.Target}' has retention.ms={retention} again: the cluster will delete records older than {TimeSpan.FromMilliseconds(Math.Min(retention, TimeSpan.MaxValue.TotalMilliseconds / 2)).TotalHours:0.#} h");
        }

        return new ConfiguredTopics(notes);
    }
}
