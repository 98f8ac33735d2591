namespace KafkaBackup.Kafka.Connections;

/// <summary>How to reach a cluster, in librdkafka's property names, which configure the lanes and Confluent.Kafka alike.</summary>
public sealed class ClusterOptions
{
    private static readonly Dictionary<string, string> Honoured = new(StringComparer.Ordinal)
    {
        ["bootstrap.servers"] = "HOST:PORT, several separated by commas",
        ["client.id"] = "how the broker names us in its logs and quotas",
        ["security.protocol"] = "plaintext",
        ["socket.connection.setup.timeout.ms"] = "milliseconds",
        ["socket.timeout.ms"] = "milliseconds",
        ["fetch.max.bytes"] = "bytes",
        ["fetch.wait.max.ms"] = "milliseconds",
        ["max.partition.fetch.bytes"] = "bytes",
        ["receive.message.max.bytes"] = "bytes",
        ["retry.backoff.ms"] = "milliseconds",
        ["broker.address.family"] = "any, v4 or v6 (Confluent.Kafka only; the lanes take what the name resolves to)",
    };

    private readonly IReadOnlyDictionary<string, string> _properties;

    /// <summary>Reads properties.</summary>
    /// <exception cref="ClusterConfigurationException">A property is one that the lanes can't honour, or its value is no such value.</exception>
    public ClusterOptions(IReadOnlyDictionary<string, string> properties)
    {
        _properties = properties;
        foreach (var name in properties.Keys)
        {
            if (!Honoured.ContainsKey(name))
                throw new ClusterConfigurationException($"the Kafka property '{name}' is not one that can be honoured here; known ones: {string.Join(", ", Honoured.Keys)}");
        }

        if (Text("security.protocol", "plaintext") is var protocol && !protocol.Equals("plaintext", StringComparison.OrdinalIgnoreCase))
            throw new ClusterConfigurationException($"security.protocol={protocol} is not supported yet; plaintext is");
        BootstrapServers = [.. Text("bootstrap.servers", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(BrokerAddress.Parse)];
        if (BootstrapServers.Count == 0)
            throw new ClusterConfigurationException("no bootstrap server: give HOST:PORT");
        // Read once, so that a value that is no number is told now and not in mid-work.
        _ = (ConnectTimeout, RequestTimeout, FetchMaxBytes, PartitionFetchMaxBytes, FetchMaxWait, MaxResponseBytes, RetryBackoff);
    }

    /// <summary>Where to ask first.</summary>
    public IReadOnlyList<BrokerAddress> BootstrapServers { get; }

    public string ClientId => Text("client.id", "kafka-backup");

    /// <summary>How long opening a connection may take. Default 10 s.</summary>
    public TimeSpan ConnectTimeout => Milliseconds("socket.connection.setup.timeout.ms", 10_000);

    /// <summary>How long one request may wait for its response. Default 60 s, above the brokers' own 30 s.</summary>
    public TimeSpan RequestTimeout => Milliseconds("socket.timeout.ms", 60_000);

    /// <summary>A bound on one fetch response, in bytes. Default 16 MiB.</summary>
    public int FetchMaxBytes => Number("fetch.max.bytes", 16 << 20);

    /// <summary>A bound on one partition's share of a fetch response, in bytes. Default 8 MiB.</summary>
    public int PartitionFetchMaxBytes => Number("max.partition.fetch.bytes", 8 << 20);

    /// <summary>How long a broker may wait for data to come. Default 500 ms.</summary>
    public TimeSpan FetchMaxWait => Milliseconds("fetch.wait.max.ms", 500);

    /// <summary>The longest response that is believed, in bytes. Default 1 GiB.</summary>
    public int MaxResponseBytes => Number("receive.message.max.bytes", 1 << 30);

    /// <summary>How long to wait before a request is tried again. Default 200 ms.</summary>
    public TimeSpan RetryBackoff => Milliseconds("retry.backoff.ms", 200);

    /// <summary>How long a cluster may keep failing before it is given up. Default 60 s.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The properties as they were given, for Confluent.Kafka.</summary>
    public IReadOnlyDictionary<string, string> Properties => _properties;

    /// <summary>Options that name the brokers alone.</summary>
    public static ClusterOptions For(string bootstrapServers) => new(new Dictionary<string, string> { ["bootstrap.servers"] = bootstrapServers });

    private string Text(string name, string fallback) => _properties.GetValueOrDefault(name, fallback);

    private TimeSpan Milliseconds(string name, int fallback) => TimeSpan.FromMilliseconds(Number(name, fallback));

    private int Number(string name, int fallback) =>
        !_properties.TryGetValue(name, out var text) ? fallback
        : int.TryParse(text, out var number) && number >= 0 ? number
        : throw new ClusterConfigurationException($"the Kafka property {name} takes a whole number, not '{text}'");
}
