using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Says where leader epochs end.</summary>
internal sealed class OffsetForLeaderEpochHandler(BrokerCore broker) : Handler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    protected override OffsetForLeaderEpochResponse Handle(OffsetForLeaderEpochRequest request, RequestContext context) => new()
    {
        Topics =
        [
            .. request.Topics.Select(topic => new EpochEndTopic
            {
                Topic = topic.Topic,
                Partitions = [.. topic.Partitions.Select(partition => Find(topic.Topic, partition))],
            }),
        ],
    };

    private EpochEndPartition Find(string topic, LeaderEpochPartition asked)
    {
        var answer = new EpochEndPartition { Partition = asked.Partition };
        if (broker.CheckLeader(topic, asked.Partition, asked.CurrentLeaderEpoch, out var log) is var error and not ErrorCode.None)
            return answer with { ErrorCode = error };
        var (epoch, end) = log!.EndOfEpoch(asked.LeaderEpoch);
        return answer with { LeaderEpoch = epoch, EndOffset = end };
    }
}
