using KafkaBackup.Broker.Groups;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Says what a group has committed.</summary>
internal sealed class OffsetFetchHandler(BrokerCore broker) : Handler<OffsetFetchRequest, OffsetFetchResponse>
{
    protected override OffsetFetchResponse Handle(OffsetFetchRequest request, RequestContext context)
    {
        var group = broker.Groups.Find(request.GroupId);
        if (group is null)
            return Answer(request.Topics ?? [], (_, partition) => new FetchedOffset { Partition = partition, Metadata = "" });
        lock (group.Lock)
        {
            var topics = request.Topics ??
            [
                .. group.Offsets.Keys.GroupBy(key => key.Topic).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new OffsetFetchTopic
                {
                    Topic = g.Key,
                    Partitions = [.. g.Select(key => key.Partition).Order()],
                }),
            ];
            return Answer(topics, (topic, partition) => Find(group, topic, partition, request.RequireStable));
        }
    }

    private static FetchedOffset Find(Group group, string topic, int partition, bool requireStable)
    {
        var answer = new FetchedOffset { Partition = partition, Metadata = "" };
        if (requireStable && group.PendingOffsets.Values.Any(pending => pending.ContainsKey((topic, partition))))
            return answer with { ErrorCode = ErrorCode.UnstableOffsetCommit };
        return group.Offsets.TryGetValue((topic, partition), out var offset)
            ? answer with { Offset = offset.Offset, LeaderEpoch = offset.LeaderEpoch, Metadata = offset.Metadata ?? "" }
            : answer;
    }

    private static OffsetFetchResponse Answer(IReadOnlyList<OffsetFetchTopic> topics, Func<string, int, FetchedOffset> find) => new()
    {
        Topics =
        [
            .. topics.Select(topic => new FetchedOffsetsTopic
            {
                Topic = topic.Topic,
                Partitions = [.. topic.Partitions.Select(partition => find(topic.Topic, partition))],
            }),
        ],
    };
}
