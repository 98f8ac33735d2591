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
        if (topic.Assignments?.Any(a => a.BrokerIds.Count != 1 || a.BrokerIds[0] != broker.Options.NodeId) == true)
            return Answer(topic, ErrorCode.InvalidReplicaAssignment, $"There is one broker, {broker.Options.NodeId}.");
        var (error, message) = broker.Topics.AddPartitions(topic.Topic, topic.Count, validateOnly);
        return Answer(topic, error, message);
    }

    private static CreatedPartitions Answer(CreatePartitionsTopic topic, ErrorCode error, string? message) =>
        new() { Topic = topic.Topic, ErrorCode = error, ErrorMessage = message };
}
