using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Moves log starts up.</summary>
internal sealed class DeleteRecordsHandler(BrokerCore broker) : Handler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    protected override DeleteRecordsResponse Handle(DeleteRecordsRequest request, RequestContext context)
    {
        var response = new DeleteRecordsResponse
        {
            Topics =
            [
                .. request.Topics.Select(topic => new DeletedRecordsTopic
                {
                    Topic = topic.Topic,
                    Partitions = [.. topic.Partitions.Select(partition => Delete(topic.Topic, partition))],
                }),
            ],
        };
        // The log start lies in no per-partition file: it has to be written before anybody relies on it.
        broker.Topics.SaveCheckpoints();
        return response;
    }

    private DeletedRecordsPartition Delete(string topic, DeleteRecordsPartition partition)
    {
        var error = broker.CheckLeader(topic, partition.Partition, clientEpoch: -1, out var log);
        var start = -1L;
        if (error == ErrorCode.None)
            (error, start) = log!.DeleteBefore(partition.Offset);
        return new DeletedRecordsPartition { Partition = partition.Partition, ErrorCode = error, LowWatermark = start };
    }
}
