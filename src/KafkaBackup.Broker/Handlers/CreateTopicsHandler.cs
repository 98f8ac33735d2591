using KafkaBackup.Broker.Topics;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Creates topics.</summary>
internal sealed class CreateTopicsHandler(BrokerCore broker) : Handler<CreateTopicsRequest, CreateTopicsResponse>
{
    protected override CreateTopicsResponse Handle(CreateTopicsRequest request, RequestContext context)
    {
        var repeated = request.Topics.GroupBy(topic => topic.Name).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet();
        return new CreateTopicsResponse
        {
            Topics =
            [
                .. request.Topics.DistinctBy(topic => topic.Name).Select(topic => repeated.Contains(topic.Name)
                    ? Failed(topic.Name, ErrorCode.InvalidRequest, "Duplicate topic in request.")
                    : Create(topic, request.ValidateOnly)),
            ],
        };
    }

    private CreatedTopic Create(NewTopic topic, bool validateOnly)
    {
        if (!broker.IsController)
            return Failed(topic.Name, ErrorCode.NotController, null);
        if (topic.Assignments.Count > 0 && (topic.NumPartitions != -1 || topic.ReplicationFactor != -1))
            return Failed(topic.Name, ErrorCode.InvalidRequest, "Both partitions or replication factor and assignments were set.");
        if (!topic.Assignments.Select(a => a.Partition).Order().SequenceEqual(Enumerable.Range(0, topic.Assignments.Count)))
            return Failed(topic.Name, ErrorCode.InvalidReplicaAssignment, "Partitions should be a consecutive 0-based integer sequence.");
        if (topic.Configs.FirstOrDefault(config => config.Value is null) is { } empty)
            return Failed(topic.Name, ErrorCode.InvalidConfig, $"Null value not supported for topic configs: {empty.Name}");
        if (topic.Configs.FirstOrDefault(config => broker.Options.Faults.Refuses(config.Name)) is { } unknown)
            return Failed(topic.Name, ErrorCode.InvalidConfig, $"Unknown topic config name: {unknown.Name}");
        var configs = topic.Configs.DistinctBy(config => config.Name).ToDictionary(config => config.Name, config => config.Value!);
        var placement = topic.Assignments.Count > 0
            ? new NewPlacement(topic.Assignments.Count, topic.Assignments[0].BrokerIds.Count, [.. topic.Assignments.OrderBy(a => a.Partition).Select(a => a.BrokerIds)])
            : new NewPlacement(
                topic.NumPartitions == -1 ? broker.DefaultPartitions : topic.NumPartitions,
                topic.ReplicationFactor == -1 ? broker.DefaultReplicas : topic.ReplicationFactor);
        var running = broker.Cluster.Registered.Select(node => node.Id).ToList();
        var (error, message) = broker.Topics.Create(topic.Name, placement, configs, running, validateOnly);
        return error != ErrorCode.None
            ? Failed(topic.Name, error, message)
            : new CreatedTopic
            {
                Name = topic.Name,
                NumPartitions = placement.Partitions,
                ReplicationFactor = (short)placement.Replicas,
                Configs = Describe(configs),
            };
    }

    private IReadOnlyList<CreatedTopicConfig> Describe(IReadOnlyDictionary<string, string> own) =>
    [
        .. TopicConfig.All.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => new CreatedTopicConfig
        {
            Name = entry.Name,
            Value = TopicConfig.Value(entry.Name, own, broker.Options.Configs),
            Source = TopicConfig.Source(entry, own, broker.Options.Configs),
        }),
    ];

    private static CreatedTopic Failed(string name, ErrorCode error, string? message) =>
        new() { Name = name, ErrorCode = error, ErrorMessage = message, Configs = [] };
}
