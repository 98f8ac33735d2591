using KafkaBackup.Broker.Groups;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Commits offsets of a group: its members' own, or, while it has no members, anybody's.</summary>
internal sealed class OffsetCommitHandler(BrokerCore broker) : Handler<OffsetCommitRequest, OffsetCommitResponse>
{
    /// <summary>offset.metadata.max.bytes.</summary>
    public const int MaxMetadata = 4096;

    protected override OffsetCommitResponse Handle(OffsetCommitRequest request, RequestContext context)
    {
        var group = request.GenerationId < 0 ? broker.Groups.FindOrAdd(request.GroupId) : broker.Groups.Find(request.GroupId);
        if (group is null)
            return Answer(request, (_, _) => ErrorCode.IllegalGeneration);
        lock (group.Lock)
        {
            if (group.CheckCommit(request.MemberId, request.GroupInstanceId, request.GenerationId) is var error and not ErrorCode.None)
                return Answer(request, (_, _) => error);
            var commits = request.Topics.SelectMany(topic => topic.Partitions
                    .Where(partition => Check(topic.Topic, partition) == ErrorCode.None)
                    .Select(partition => KeyValuePair.Create(
                        (topic.Topic, partition.Partition), new CommittedOffset(partition.Offset, partition.LeaderEpoch, partition.Metadata))))
                .ToList();
            broker.Groups.Commit(group, commits);
        }

        return Answer(request, Check);
    }

    private ErrorCode Check(string topic, OffsetCommitPartition partition) =>
        broker.Topics.Find(topic, partition.Partition) is null ? ErrorCode.UnknownTopicOrPartition
        : partition.Metadata?.Length > MaxMetadata ? ErrorCode.OffsetMetadataTooLarge
        : ErrorCode.None;

    private static OffsetCommitResponse Answer(OffsetCommitRequest request, Func<string, OffsetCommitPartition, ErrorCode> error) => new()
    {
        Topics =
        [
            .. request.Topics.Select(topic => new CommittedTopic
            {
                Topic = topic.Topic,
                Partitions =
                [
                    .. topic.Partitions.Select(partition => new CommittedPartition
                    {
                        Partition = partition.Partition,
                        ErrorCode = error(topic.Topic, partition),
                    }),
                ],
            }),
        ],
    };
}
