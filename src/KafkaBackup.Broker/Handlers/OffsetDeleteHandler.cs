using KafkaBackup.Broker.Groups;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Deletes committed offsets of a group, except those of topics that its members are subscribed to.</summary>
internal sealed class OffsetDeleteHandler(BrokerCore broker) : Handler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    protected override OffsetDeleteResponse Handle(OffsetDeleteRequest request, RequestContext context)
    {
        if (broker.Groups.Find(request.GroupId) is not { } group)
            return new OffsetDeleteResponse { ErrorCode = ErrorCode.GroupIdNotFound };
        lock (group.Lock)
        {
            var isConsumers = group.ProtocolType is "consumer" or "";
            if (group.State != GroupState.Empty && !isConsumers)
                return new OffsetDeleteResponse { ErrorCode = ErrorCode.NonEmptyGroup };
            var subscribed = group.Members.Values.SelectMany(member => Subscription.Topics(member.MetadataOf(group.Protocol))).ToHashSet();
            broker.Groups.Forget(group,
            [
                .. request.Topics.Where(topic => !subscribed.Contains(topic.Topic))
                    .SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic, partition.Partition)))
                    .Where(group.Offsets.ContainsKey),
            ]);
            return new OffsetDeleteResponse
            {
                Topics =
                [
                    .. request.Topics.Select(topic => new DeletedOffsetsTopic
                    {
                        Topic = topic.Topic,
                        Partitions = [.. topic.Partitions.Select(partition => Answer(topic.Topic, partition.Partition, subscribed))],
                    }),
                ],
            };
        }
    }

    private DeletedOffset Answer(string topic, int partition, HashSet<string> subscribed) => new()
    {
        Partition = partition,
        ErrorCode = broker.Topics.Find(topic, partition) is null ? ErrorCode.UnknownTopicOrPartition
            : subscribed.Contains(topic) ? ErrorCode.GroupSubscribedToTopic
            : ErrorCode.None,
    };
}
