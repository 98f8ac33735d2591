using KafkaBackup.Broker.Topics;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Says what topics and the broker are configured to.</summary>
internal sealed class DescribeConfigsHandler(BrokerCore broker) : Handler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    protected override DescribeConfigsResponse Handle(DescribeConfigsRequest request, RequestContext context) => new()
    {
        Resources =
        [
            .. request.Resources.Select(resource => resource.ResourceType switch
            {
                ConfigResourceType.Topic => DescribeTopic(resource, request.IncludeSynonyms),
                ConfigResourceType.Broker => DescribeBroker(resource, request.IncludeSynonyms),
                _ => Answer(resource, ErrorCode.InvalidRequest, $"Unsupported resource type: {resource.ResourceType}", []),
            }),
        ],
    };

    private DescribedConfigResource DescribeTopic(DescribeConfigsResource resource, bool synonyms)
    {
        if (broker.Topics.Find(resource.ResourceName) is not { } topic)
            return Answer(resource, ErrorCode.UnknownTopicOrPartition, null, []);
        return Answer(resource, ErrorCode.None, null,
        [
            .. TopicConfig.All.Values
                .Where(entry => IsAsked(resource, entry.Name))
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)
                .Select(entry => Describe(entry, topic.Configs, synonyms)),
        ]);
    }

    private DescribedConfig Describe(TopicConfigEntry entry, IReadOnlyDictionary<string, string> own, bool synonyms)
    {
        var all = new List<ConfigSynonym>();
        if (own.TryGetValue(entry.Name, out var value))
            all.Add(new ConfigSynonym { Name = entry.Name, Value = value, Source = ConfigSource.DynamicTopic });
        if (entry.BrokerName is { } name && broker.Options.Configs.TryGetValue(name, out value))
            all.Add(new ConfigSynonym { Name = name, Value = value, Source = ConfigSource.StaticBroker });
        all.Add(new ConfigSynonym { Name = entry.BrokerName ?? entry.Name, Value = entry.Default, Source = ConfigSource.Default });
        return new DescribedConfig
        {
            Name = entry.Name,
            Value = all[0].Value,
            Source = all[0].Source,
            IsDefault = all[0].Source == ConfigSource.Default,
            Synonyms = synonyms ? all : [],
        };
    }

    private DescribedConfigResource DescribeBroker(DescribeConfigsResource resource, bool synonyms)
    {
        if (resource.ResourceName.Length > 0 && resource.ResourceName != broker.NodeId.ToString())
            return Answer(resource, ErrorCode.InvalidRequest, $"Unexpected broker id {resource.ResourceName}, expected {broker.NodeId}.", []);
        var defaults = TopicConfig.All.Values.Where(entry => entry.BrokerName is not null).Select(entry => (Name: entry.BrokerName!, Value: entry.Default))
            .Append((Name: "auto.create.topics.enable", Value: "true"))
            .Append((Name: "num.partitions", Value: "1"))
            .Append((Name: "broker.id", Value: broker.NodeId.ToString()));
        return Answer(resource, ErrorCode.None, null,
        [
            .. defaults.Where(entry => IsAsked(resource, entry.Name)).OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry =>
            {
                var set = broker.Options.Configs.TryGetValue(entry.Name, out var value);
                var source = set ? ConfigSource.StaticBroker : ConfigSource.Default;
                return new DescribedConfig
                {
                    Name = entry.Name,
                    Value = set ? value : entry.Value,
                    ReadOnly = true,
                    Source = source,
                    IsDefault = !set,
                    Synonyms = synonyms ? [new ConfigSynonym { Name = entry.Name, Value = set ? value : entry.Value, Source = source }] : [],
                };
            }),
        ]);
    }

    private static bool IsAsked(DescribeConfigsResource resource, string name) => resource.ConfigurationKeys?.Contains(name) ?? true;

    private static DescribedConfigResource Answer(
        DescribeConfigsResource resource, ErrorCode error, string? message, IReadOnlyList<DescribedConfig> configs) =>
        new() { ErrorCode = error, ErrorMessage = message, ResourceType = resource.ResourceType, ResourceName = resource.ResourceName, Configs = configs };
}
