using KafkaBackup.Broker.Groups;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Commits offsets of a group: its members' own, or, while it has no members, anybody's.</summary>
internal sealed class OffsetCommitHandler(BrokerCore broker) : Handler<OffsetCommitRequest, OffsetCommitResponse>
{
    protected override OffsetCommitResponse Handle(OffsetCommitRequest request, RequestContext context)
    {
        var offered = new OfferedOffsets(broker, [.. request.Topics.Select(topic => (topic.Topic, Offsets(topic.Partitions)))]);
        return new OffsetCommitResponse { Topics = offered.Answer(Commit(request, offered)) };
    }

    private ErrorCode Commit(OffsetCommitRequest request, OfferedOffsets offered)
    {
        var group = request.GenerationId < 0 ? broker.Groups.FindOrAdd(request.GroupId) : broker.Groups.Find(request.GroupId);
        if (group is null)
            return ErrorCode.IllegalGeneration;
        lock (group.Lock)
        {
            if (group.CheckCommit(request.MemberId, request.GroupInstanceId, request.GenerationId) is var error and not ErrorCode.None)
                return error;
            broker.Groups.Commit(group, offered.Valid);
            return ErrorCode.None;
        }
    }

    private static IReadOnlyList<(int Partition, CommittedOffset Offset)> Offsets(IReadOnlyList<OffsetCommitPartition> partitions) =>
        [.. partitions.Select(p => (p.Partition, new CommittedOffset(p.Offset, p.LeaderEpoch, p.Metadata)))];
}
