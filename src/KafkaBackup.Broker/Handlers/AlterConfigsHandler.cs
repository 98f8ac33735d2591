using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Replaces the configuration of topics.</summary>
internal sealed class AlterConfigsHandler(BrokerCore broker) : Handler<AlterConfigsRequest, AlterConfigsResponse>
{
    protected override AlterConfigsResponse Handle(AlterConfigsRequest request, RequestContext context) => new()
    {
        Resources =
        [
            .. request.Resources.Select(resource => broker.Alter(
                resource.ResourceType,
                resource.ResourceName,
                ConfigAlteration.RefuseNull(resource.Configs.FirstOrDefault(config => config.Value is null)?.Name),
                _ => resource.Configs.DistinctBy(config => config.Name).ToDictionary(config => config.Name, config => config.Value!),
                request.ValidateOnly)),
        ],
    };
}
