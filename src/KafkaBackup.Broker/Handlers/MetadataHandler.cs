using KafkaBackup.Broker.Topics;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Describes the one broker and its topics; a topic asked for by name may come into being.</summary>
internal sealed class MetadataHandler(BrokerCore broker) : Handler<MetadataRequest, MetadataResponse>
{
    protected override MetadataResponse Handle(MetadataRequest request, RequestContext context) => new()
    {
        Brokers = [new BrokerMetadata { NodeId = broker.Options.NodeId, Host = broker.Host, Port = broker.Port }],
        ClusterId = broker.Folder.ClusterId,
        ControllerId = broker.Options.NodeId,
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
        broker.Topics.Create(name, broker.DefaultPartitions, new Dictionary<string, string>());
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
                Partition = log.Partition,
                LeaderId = broker.Options.NodeId,
                LeaderEpoch = log.LeaderEpoch,
                ReplicaNodes = [broker.Options.NodeId],
                IsrNodes = [broker.Options.NodeId],
                OfflineReplicas = [],
            }),
        ],
    };
}
