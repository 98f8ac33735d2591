using KafkaBackup.Durable;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Backup;

/// <summary>Asks where an epoch ends.</summary>
public sealed record FixCutRequest(BackupRequest Request, EpochPlan Plan);

/// <summary>
/// Fixes, for every partition, the last stable offset as the epoch's end, and finds where its last epoch ended, which is where this one
/// begins. Across partitions it is no single instant: each leader answers for itself. A log that lost what is backed up of it begins another
/// life, from its start.
/// </summary>
public sealed class FixCut(IConnections connections, TimeProvider time) : TaskActivity<FixCutRequest, EpochCut>
{
    /// <inheritdoc/>
    public override async Task<EpochCut> RunAsync(TaskActivityContext context, FixCutRequest input)
    {
        var cancellation = context.CancellationToken;
        var cluster = connections.Cluster(input.Request.Cluster);
        var topics = (await cluster.Client.DescribeAsync([.. input.Plan.Topics], cancellation)).Topics;
        if (topics.FirstOrDefault(t => t.Error != ErrorCode.None) is { } gone)
            throw new BrokerErrorException(gone.Error, ApiKey.Metadata, gone.Name);
        var partitions = topics.SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Name, p.Partition))).ToList();
        var ids = await cluster.Admin.ReadTopicIdsAsync(input.Plan.Topics);
        var settings = await cluster.Admin.ReadSettingsAsync(input.Plan.Topics);
        var stable = await cluster.Offsets.ReadAsync(partitions, IsolationLevel.ReadCommitted, cancellation);
        var fixedAt = time.GetUtcNow();
        var ends = await cluster.Offsets.ReadAsync(partitions, IsolationLevel.ReadUncommitted, cancellation);
        var positions = await LineagePositions.ReadAsync(await BackupRepository.OpenAsync(connections.Repository(input.Request.Repository), cancellation), cancellation);
        var lives = topics.ToDictionary(topic => topic.Name, topic => positions.Continue(
            topic.Name, ids.GetValueOrDefault(topic.Name), topic.Partitions.ToDictionary(p => p.Partition, p => ends[new TopicPartition(topic.Name, p.Partition)].End)));
        var losses = (await LostLogs.FindAsync(cluster.LeaderEpochs, lives, cancellation)).ToLookup(loss => loss.Topic, loss => loss.Partition);
        var cut = new EpochCut(fixedAt, [.. topics.Select(topic =>
        {
            var life = losses.Contains(topic.Name) ? lives[topic.Name].Next() : lives[topic.Name];
            return new TopicCut(
                topic.Name, life.Lineage, ids.GetValueOrDefault(topic.Name), topic.Partitions.Max(p => p.Replicas),
                settings[topic.Name].Where(s => s.IsOwn).ToDictionary(s => s.Name, s => s.Value),
                [.. topic.Partitions.Select(p => Cut(p, stable[new TopicPartition(topic.Name, p.Partition)], life))])
            {
                Lost = [.. losses[topic.Name]],
            };
        })]);
        return await new Handover(connections.Repository(input.Request.Repository), input.Plan.Generation).KeepAsync(cut, cancellation);
    }

    /// <summary>Where a partition begins and ends in this epoch.</summary>
    internal static PartitionCut Cut(PartitionSnapshot partition, LogBounds bounds, TopicLife life)
    {
        // Nor does a log begin earlier than it once did: a new leader may have yet to delete what the last one had deleted, and what no epoch needed may have been pruned since.
        var logStart = Math.Max(bounds.LogStart, life.LogStarts.GetValueOrDefault(partition.Partition));
        var from = life.Positions.GetValueOrDefault(partition.Partition, bounds.LogStart);
        // A replica that has just become leader may not know yet how far the log is stable; what is backed up already stays so.
        return new PartitionCut(partition.Partition, logStart, from, Math.Max(from, bounds.End), bounds.LeaderEpoch);
    }
}
