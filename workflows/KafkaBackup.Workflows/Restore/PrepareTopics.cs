using KafkaBackup.Durable;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Restore;

/// <summary>Asks for the target topics.</summary>
public sealed record PrepareRequest(RestoreRequest Request, RestorePlan Plan);

/// <summary>The target topics, ready to be written to.</summary>
public sealed record PreparedTopics(IReadOnlyList<PreparedTopic> Topics)
{
    /// <summary>The newest merge when the epoch was pinned, 0 if there was none: all attempts read the segments that the epoch had then.</summary>
    public long Merge { get; init; }
}

/// <summary>A target topic, ready to be written to.</summary>
/// <param name="Target">Its name.</param>
/// <param name="MaxBatchBytes">The largest batch that it accepts.</param>
/// <param name="Final">What is set, or with null removed, when the records are there.</param>
public sealed record PreparedTopic(string Target, int MaxBatchBytes, IReadOnlyDictionary<string, string?> Final);

/// <summary>
/// Creates the target topics and configures them for the restore. Nothing is ever created by the way: a producer that met a missing topic
/// would get one with the broker's defaults.
/// </summary>
public sealed class PrepareTopics(IConnections connections, TimeProvider time) : TaskActivity<PrepareRequest, PreparedTopics>
{
    /// <inheritdoc/>
    public override async Task<PreparedTopics> RunAsync(TaskActivityContext context, PrepareRequest input)
    {
        // From here on the epoch has to stay, until the report is written.
        var store = connections.Repository(input.Request.Repository);
        await new RestorePins(store).PinAsync(input.Plan.RestoreId, input.Plan.Epoch, time.GetUtcNow(), context.CancellationToken);
        var merge = await (await BackupRepository.OpenAsync(store, context.CancellationToken)).NewestMergeAsync(context.CancellationToken);
        var cluster = connections.Cluster(input.Request.Cluster);
        var prepared = new List<PreparedTopic>();
        foreach (var topic in input.Plan.Topics)
        {
            if (!topic.Exists)
                await cluster.Admin.CreateTopicAsync(topic.Target, topic.Partitions.Count, topic.ReplicationFactor, RestoreOverrides.AtCreation(topic.Settings));

            prepared.Add(await ConfigureAsync(cluster, topic, context.CancellationToken));
        }

        return new PreparedTopics(prepared) { Merge = merge };
    }

    private static async Task<PreparedTopic> ConfigureAsync(ClusterConnection cluster, TopicPlan topic, CancellationToken cancellation)
    {
        await AwaitLeadersAsync(cluster, topic, cancellation);
        var needed = RestoreOverrides.Needed(await InForceAsync(cluster, topic.Target), topic.LargestBatch);
        if (needed.Count > 0)
            await cluster.Admin.AlterSettingsAsync(topic.Target, needed.ToDictionary(n => n.Key, n => (string?)n.Value));
        var inForce = await InForceAsync(cluster, topic.Target);
        var refused = RestoreOverrides.Needed(inForce, topic.LargestBatch);
        if (refused.Count > 0)
            throw new ClusterException($"topic '{topic.Target}' keeps its own {string.Join(", ", refused.Keys)}; without changing that the target would alter or delete restored records");
        var final = RestoreOverrides.Fixed().Keys.Concat(needed.Keys).Distinct().ToDictionary(name => name, name => topic.Settings.GetValueOrDefault(name));
        return new PreparedTopic(topic.Target, LimitOf(inForce), final);
    }

    private static int LimitOf(IReadOnlyDictionary<string, string?> inForce) =>
        Math.Min(int.Parse(inForce["max.message.bytes"]!), int.TryParse(inForce.GetValueOrDefault("segment.bytes"), out var segment) ? segment : int.MaxValue);

    private static async Task<IReadOnlyDictionary<string, string?>> InForceAsync(ClusterConnection cluster, string topic) =>
        (await cluster.Admin.ReadSettingsAsync([topic]))[topic].ToDictionary(s => s.Name, s => s.Value);

    /// <summary>A topic that has just been created has leaders a little later.</summary>
    private static Task<bool> AwaitLeadersAsync(ClusterConnection cluster, TopicPlan topic, CancellationToken cancellation) =>
        cluster.Client.RetryAsync($"find the leaders of {topic.Target}", async () =>
        {
            foreach (var partition in topic.Partitions)
                await cluster.Client.LeaderAsync(topic.Target, partition.Partition, refresh: partition.Partition == 0, cancellation);
            return true;
        }, cancellation);
}
