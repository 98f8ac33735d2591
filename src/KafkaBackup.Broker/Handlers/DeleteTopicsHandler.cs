using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Deletes topics, their files, and the offsets that groups committed for them.</summary>
internal sealed class DeleteTopicsHandler(BrokerCore broker) : Handler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    protected override DeleteTopicsResponse Handle(DeleteTopicsRequest request, RequestContext context) => new()
    {
        Topics = [.. request.TopicNames.Select(name => new DeletedTopic { Name = name, ErrorCode = Delete(name) })],
    };

    private ErrorCode Delete(string name)
    {
        if (!broker.IsController)
            return ErrorCode.NotController;
        var error = broker.Topics.Delete(name);
        if (error == ErrorCode.None)
            broker.Groups.ForgetTopic(name);
        return error;
    }
}
