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
        if (broker.Topics.Find(topic, asked.Partition) is not { } log)
            return answer with { ErrorCode = ErrorCode.UnknownTopicOrPartition };
        if (Epochs.Check(asked.CurrentLeaderEpoch, log.LeaderEpoch) is var fenced and not ErrorCode.None)
            return answer with { ErrorCode = fenced };
        var (epoch, end) = log.EndOfEpoch(asked.LeaderEpoch);
        return answer with { LeaderEpoch = epoch, EndOffset = end };
    }
}
