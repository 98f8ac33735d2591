using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Replaces the configuration of topics.</summary>
internal sealed class AlterConfigsHandler(BrokerCore broker) : Handler<AlterConfigsRequest, AlterConfigsResponse>
{
    protected override AlterConfigsResponse Handle(AlterConfigsRequest request, RequestContext context) => new()
    {
        Resources =
        [
            .. request.Resources.Select(resource =>
            {
                var (error, message) = Alter(resource, request.ValidateOnly);
                return new AlteredConfigResource
                {
                    ErrorCode = error,
                    ErrorMessage = message,
                    ResourceType = resource.ResourceType,
                    ResourceName = resource.ResourceName,
                };
            }),
        ],
    };

    private (ErrorCode Error, string? Message) Alter(AlterConfigsResource resource, bool validateOnly)
    {
        if (resource.ResourceType != ConfigResourceType.Topic)
            return (ErrorCode.InvalidRequest, "Only topics can be configured while the broker runs.");
        if (resource.Configs.FirstOrDefault(config => config.Value is null) is { } empty)
            return (ErrorCode.InvalidRequest, $"Null value not supported for : {empty.Name}");
        var configs = resource.Configs.DistinctBy(config => config.Name).ToDictionary(config => config.Name, config => config.Value!);
        return broker.Topics.Configure(resource.ResourceName, _ => configs, validateOnly);
    }
}
