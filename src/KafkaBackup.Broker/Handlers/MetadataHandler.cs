using KafkaBackup.Broker.Topics;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Describes the cluster's nodes and topics; a topic asked for by name may come into being.</summary>
internal sealed class MetadataHandler(BrokerCore broker) : Handler<MetadataRequest, MetadataResponse>
{
    protected override MetadataResponse Handle(MetadataRequest request, RequestContext context) => new()
    {
        Brokers = [.. broker.Cluster.Registered.Select(node => new BrokerMetadata { NodeId = node.Id, Host = node.Host, Port = node.Port })],
        ClusterId = broker.Folder.ClusterId,
        ControllerId = broker.Cluster.Controller,
        Topics = request.Topics is null || (context.Version == 0 && request.Topics.Count == 0)
            ? [.. broker.Topics.All.Select(Describe)]
            : [.. request.Topics.Select(topic => topic.Name.Length == 0 && topic.TopicId != Guid.Empty ? Describe(topic.TopicId) : Describe(topic.Name, broker.AutoCreateTopics && (context.Version < 4 || request.AllowAutoTopicCreation)))],
    };

    private TopicMetadata Describe(Guid id) => broker.Topics.All.FirstOrDefault(topic => topic.Id == id) is { } topic
        ? Describe(topic)
        : new TopicMetadata { TopicId = id, ErrorCode = ErrorCode.UnknownTopicId };

    private TopicMetadata Describe(string name, bool create)
    {
        if (broker.Topics.Find(name) is { } known)
            return Describe(known);
        if (TopicRegistry.CheckName(name) is not null)
            return new TopicMetadata { Name = name, ErrorCode = ErrorCode.InvalidTopicException };
        if (!create)
            return new TopicMetadata { Name = name, ErrorCode = ErrorCode.UnknownTopicOrPartition };
        var running = broker.Cluster.Registered.Select(node => node.Id).ToList();
        broker.Topics.Create(name, new NewPlacement(broker.DefaultPartitions, broker.DefaultReplicas), new Dictionary<string, string>(), running);
        return broker.Topics.Find(name) is { } created ? Describe(created) : new TopicMetadata { Name = name, ErrorCode = ErrorCode.LeaderNotAvailable };
    }

    private TopicMetadata Describe(Topic topic) => new()
    {
        Name = topic.Name,
        TopicId = topic.Id,
        IsInternal = topic.IsInternal,
        Partitions =
        [
            .. topic.Partitions.Select(log => new PartitionMetadata
            {
                ErrorCode = log.Placement.Leader == Placement.NoLeader ? ErrorCode.LeaderNotAvailable : ErrorCode.None,
                Partition = log.Partition,
                LeaderId = log.Placement.Leader,
                LeaderEpoch = log.LeaderEpoch,
                ReplicaNodes = log.Placement.Replicas,
                IsrNodes = InSync(log.Placement.Replicas),
                OfflineReplicas = [.. log.Placement.Replicas.Where(node => !broker.Cluster.IsRegistered(node))],
            }),
        ],
    };

    // The last replica to go stays in sync: there is nobody who could know more.
    private IReadOnlyList<int> InSync(IReadOnlyList<int> replicas) =>
        replicas.Where(broker.Cluster.IsRegistered).ToList() is { Count: > 0 } running ? running : [replicas[0]];
}
