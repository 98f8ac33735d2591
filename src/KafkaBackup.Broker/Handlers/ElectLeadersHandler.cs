using KafkaBackup.Broker.Logs;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Gives partitions their preferred leaders back, or, unclean, any that runs.</summary>
internal sealed class ElectLeadersHandler(BrokerCore broker) : Handler<ElectLeadersRequest, ElectLeadersResponse>
{
    protected override ElectLeadersResponse Handle(ElectLeadersRequest request, RequestContext context)
    {
        if (!broker.IsController)
            return new ElectLeadersResponse { ErrorCode = ErrorCode.NotController };
        // All partitions are answered for only where they were asked for by name or something was done.
        var topics = request.Topics ??
        [
            .. broker.Topics.All.Select(topic => new ElectLeadersTopic
            {
                Topic = topic.Name,
                Partitions = [.. topic.Partitions.Where(log => Candidate(log, request.ElectionType) is { } node && node != log.Placement.Leader).Select(log => log.Partition)],
            }),
        ];
        return new ElectLeadersResponse
        {
            Topics =
            [
                .. topics.Where(topic => topic.Partitions.Count > 0).Select(topic => new ElectedTopic
                {
                    Topic = topic.Topic,
                    Partitions = [.. topic.Partitions.Select(partition => Elect(topic.Topic, partition, request.ElectionType))],
                }),
            ],
        };
    }

    private ElectedPartition Elect(string topic, int partition, ElectionType type)
    {
        var answer = new ElectedPartition { Partition = partition };
        if (broker.Topics.Find(topic, partition) is not { } log)
            return answer with { ErrorCode = ErrorCode.UnknownTopicOrPartition, ErrorMessage = "The partition does not exist." };
        if (type == ElectionType.Unclean && log.Placement.Leader >= 0)
            return NotNeeded(answer);
        return Candidate(log, type) is not { } node
            ? answer with { ErrorCode = ErrorCode.PreferredLeaderNotAvailable, ErrorMessage = $"Failed to elect leader for partition {topic}-{partition}" }
            : broker.Cluster.Move(topic, partition, node) switch
            {
                ErrorCode.ElectionNotNeeded => NotNeeded(answer),
                var error => answer with { ErrorCode = error },
            };
    }

    private static ElectedPartition NotNeeded(ElectedPartition answer) =>
        answer with { ErrorCode = ErrorCode.ElectionNotNeeded, ErrorMessage = "Leader election not needed for topic partition" };

    private int? Candidate(PartitionLog log, ElectionType type)
    {
        var candidates = type == ElectionType.Preferred ? log.Placement.Replicas.Take(1) : log.Placement.Replicas;
        return candidates.Where(broker.Cluster.IsRegistered).Select(node => (int?)node).FirstOrDefault();
    }
}
