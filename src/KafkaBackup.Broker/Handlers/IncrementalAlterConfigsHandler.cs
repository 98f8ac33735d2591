using KafkaBackup.Broker.Topics;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Changes single configuration entries of topics.</summary>
internal sealed class IncrementalAlterConfigsHandler(BrokerCore broker) : Handler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    protected override IncrementalAlterConfigsResponse Handle(IncrementalAlterConfigsRequest request, RequestContext context) => new()
    {
        Resources =
        [
            .. request.Resources.Select(resource => broker.Alter(
                resource.ResourceType, resource.ResourceName, Check(resource.Configs), topic => Apply(topic, resource.Configs), request.ValidateOnly)),
        ],
    };

    private static (ErrorCode Error, string? Message) Check(IReadOnlyList<IncrementalConfig> changes)
    {
        if (changes.GroupBy(config => config.Name).FirstOrDefault(g => g.Count() > 1) is { } repeated)
            return (ErrorCode.InvalidRequest, $"Error due to duplicate config keys : {repeated.Key}");
        if (changes.FirstOrDefault(config => IsListOperation(config) && config.Name != "cleanup.policy") is { } notList)
            return (ErrorCode.InvalidConfig, $"Config value append is not allowed for config key: {notList.Name}");
        return ConfigAlteration.RefuseNull(changes.FirstOrDefault(config => config.Value is null && config.Operation != ConfigOperation.Delete)?.Name);
    }

    private Dictionary<string, string> Apply(Topic topic, IReadOnlyList<IncrementalConfig> changes)
    {
        var configs = topic.Configs.ToDictionary();
        foreach (var change in changes)
        {
            if (change.Operation == ConfigOperation.Delete)
            {
                configs.Remove(change.Name);
                continue;
            }

            configs[change.Name] = IsListOperation(change)
                ? string.Join(',', Merge(TopicConfig.Value(change.Name, topic.Configs, broker.Options.Configs).Split(','), change))
                : change.Value!;
        }

        return configs;
    }

    private static IEnumerable<string> Merge(IEnumerable<string> list, IncrementalConfig change) =>
        change.Operation == ConfigOperation.Append ? list.Union(change.Value!.Split(',')) : list.Except(change.Value!.Split(','));

    private static bool IsListOperation(IncrementalConfig config) => config.Operation is ConfigOperation.Append or ConfigOperation.Subtract;
}
