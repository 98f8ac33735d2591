using KafkaBackup.Broker.Logs;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Says where logs begin, end, or reach a time.</summary>
internal sealed class ListOffsetsHandler(BrokerCore broker) : Handler<ListOffsetsRequest, ListOffsetsResponse>
{
    protected override ListOffsetsResponse Handle(ListOffsetsRequest request, RequestContext context) => new()
    {
        Topics =
        [
            .. request.Topics.Select(topic => new ListedOffsetsTopic
            {
                Topic = topic.Topic,
                Partitions = [.. topic.Partitions.Select(partition => Find(topic.Topic, partition, request.IsolationLevel))],
            }),
        ],
    };

    private ListedOffsetsPartition Find(string topic, ListOffsetsPartition asked, IsolationLevel isolation)
    {
        var answer = new ListedOffsetsPartition { Partition = asked.Partition };
        if (broker.CheckLeader(topic, asked.Partition, asked.CurrentLeaderEpoch, out var log) is var error and not ErrorCode.None)
            return answer with { ErrorCode = error };
        try
        {
            return log!.Read(view => asked.Timestamp switch
            {
                ListOffsetsPartition.Latest => answer with { Offset = view.Bound(isolation), LeaderEpoch = log.LeaderEpoch },
                ListOffsetsPartition.Earliest => answer with { Offset = view.Start, LeaderEpoch = log.EpochAt(view.Start) },
                _ => view.FindTime(asked.Timestamp) is { } found && found.Offset < view.Bound(isolation)
                    ? answer with { Offset = found.Offset, Timestamp = found.Timestamp, LeaderEpoch = log.EpochAt(found.Offset) }
                    : answer,
            });
        }
        catch (InvalidBatchException)
        {
            return answer with { ErrorCode = ErrorCode.CorruptMessage };
        }
        catch (ObjectDisposedException)
        {
            return answer with { ErrorCode = ErrorCode.UnknownTopicOrPartition };
        }
    }
}
