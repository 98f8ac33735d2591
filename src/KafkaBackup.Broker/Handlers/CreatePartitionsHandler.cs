using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Adds partitions to topics.</summary>
internal sealed class CreatePartitionsHandler(BrokerCore broker) : Handler<CreatePartitionsRequest, CreatePartitionsResponse>
{
    protected override CreatePartitionsResponse Handle(CreatePartitionsRequest request, RequestContext context) => new()
    {
        Topics = [.. request.Topics.Select(topic => Add(topic, request.ValidateOnly))],
    };

    private CreatedPartitions Add(CreatePartitionsTopic topic, bool validateOnly)
    {
        if (!broker.IsController)
            return Answer(topic, ErrorCode.NotController, null);
        var running = broker.Cluster.Registered.Select(node => node.Id).ToList();
        var (error, message) = broker.Topics.AddPartitions(topic.Topic, topic.Count, topic.Assignments?.Select(a => a.BrokerIds).ToList(), running, validateOnly);
        return Answer(topic, error, message);
    }

    private static CreatedPartitions Answer(CreatePartitionsTopic topic, ErrorCode error, string? message) =>
        new() { Topic = topic.Topic, ErrorCode = error, ErrorMessage = message };
}
