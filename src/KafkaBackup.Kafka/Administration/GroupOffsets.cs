using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Administration;

/// <summary>An offset that a consumer group has committed.</summary>
/// <param name="Partition">Of which partition.</param>
/// <param name="Offset">The next record that the group will read.</param>
/// <param name="LeaderEpoch">The leader epoch of the last record read; -1 where it is not known.</param>
/// <param name="Metadata">What the consumer noted beside it.</param>
public sealed record CommittedOffset(TopicPartition Partition, long Offset, int LeaderEpoch, string Metadata);

/// <summary>
/// Reads and writes what consumer groups have committed, on the raw wire, because the named client returns no metadata. Each group is asked
/// of its own coordinator; a group that can't be read fails the call, for a group left out silently is a group lost.
/// </summary>
public sealed class GroupOffsets(ClusterClient cluster)
{
    /// <summary>
    /// What a group has committed, in order of topic and partition. Offsets that a transaction under way may still change are waited for
    /// where the broker can tell (OffsetFetch v7).
    /// </summary>
    public Task<IReadOnlyList<CommittedOffset>> ReadAsync(string group, CancellationToken cancellation) =>
        cluster.RetryAsync($"read the offsets of group {group}", () => AskAsync(group, cancellation), cancellation);

    /// <summary>Commits offsets of a group that has no members; the leader epoch is left out, for it is another cluster's.</summary>
    /// <exception cref="BrokerErrorException">The coordinator refused one of them, for example because the group has members.</exception>
    public Task CommitAsync(string group, IReadOnlyCollection<CommittedOffset> offsets, CancellationToken cancellation) =>
        cluster.RetryAsync($"commit the offsets of group {group}", () => TellAsync(group, offsets, cancellation), cancellation);

    private async Task<IReadOnlyList<CommittedOffset>> AskAsync(string group, CancellationToken cancellation)
    {
        var connection = await CoordinatorAsync(group, cancellation);
        connection.Capabilities.Require(Capability.AllGroupOffsets, $"Reading all that group {group} has committed");
        using var lease = await connection.SendAsync(new OffsetFetchRequest { GroupId = group, Topics = null, RequireStable = true }, cancellation);
        Check(lease.Response.ErrorCode, ApiKey.OffsetFetch, group);
        var offsets = new List<CommittedOffset>();
        foreach (var topic in lease.Response.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                Check(partition.ErrorCode, ApiKey.OffsetFetch, $"{group} for {topic.Topic}-{partition.Partition}");
                if (partition.Offset >= 0)
                    offsets.Add(new CommittedOffset(new TopicPartition(topic.Topic, partition.Partition), partition.Offset, partition.LeaderEpoch, partition.Metadata ?? ""));
            }
        }

        return [.. offsets.OrderBy(o => o.Partition.Topic, StringComparer.Ordinal).ThenBy(o => o.Partition.Partition)];
    }

    private async Task<bool> TellAsync(string group, IReadOnlyCollection<CommittedOffset> offsets, CancellationToken cancellation)
    {
        var connection = await CoordinatorAsync(group, cancellation);
        var request = new OffsetCommitRequest
        {
            GroupId = group,
            Topics = [.. offsets.GroupBy(o => o.Partition.Topic).Select(topic => new OffsetCommitTopic
            {
                Topic = topic.Key,
                // Leader epoch -1: with the source's epoch a Java consumer would read nothing on this cluster.
                Partitions = [.. topic.Select(o => new OffsetCommitPartition { Partition = o.Partition.Partition, Offset = o.Offset, LeaderEpoch = -1, Metadata = o.Metadata })],
            })],
        };
        using var lease = await connection.SendAsync(request, cancellation);
        foreach (var topic in lease.Response.Topics)
        {
            foreach (var partition in topic.Partitions)
                Check(partition.ErrorCode, ApiKey.OffsetCommit, $"{group} for {topic.Topic}-{partition.Partition}");
        }

        return true;
    }

    private Task<BrokerConnection> CoordinatorAsync(string group, CancellationToken cancellation) => cluster.AskAnyAsync(
        async broker =>
        {
            using var lease = await broker.SendAsync(new FindCoordinatorRequest { CoordinatorKey = group, KeyType = CoordinatorType.Group }, cancellation);
            Check(lease.Response.ErrorCode, ApiKey.FindCoordinator, group);
            return await cluster.SharedAsync(new BrokerAddress(lease.Response.Host, lease.Response.Port), cancellation);
        },
        cancellation);

    private static void Check(ErrorCode code, ApiKey api, string subject)
    {
        if (code != ErrorCode.None)
            throw new BrokerErrorException(code, api, subject);
    }
}
