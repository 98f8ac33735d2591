namespace KafkaBackup.Workflows.Connections;

/// <summary>The clusters that a host knows by name.</summary>
public sealed class ConnectionOptions
{
    /// <summary>Clusters: librdkafka properties by name of the connection.</summary>
    public Dictionary<string, Dictionary<string, string>> Clusters { get; init; } = [];
}
