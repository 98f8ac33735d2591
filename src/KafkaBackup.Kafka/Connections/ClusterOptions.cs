using KafkaBackup.Kafka.Security;

namespace KafkaBackup.Kafka.Connections;

/// <summary>How to reach a cluster, in librdkafka's property names, which configure the lanes and Confluent.Kafka alike.</summary>
public sealed class ClusterOptions
{
    private const int MostInFlight = 5;

    private readonly PropertyReader _reader;

    /// <summary>Reads properties.</summary>
    /// <exception cref="ClusterConfigurationException">A property is one that the lanes can't honour, or its value is no such value.</exception>
    public ClusterOptions(IReadOnlyDictionary<string, string> properties)
    {
        Properties = properties;
        _reader = new PropertyReader(properties);
        KnownProperties.Check(properties.Keys);
        Security = SecurityOptions.Read(_reader);
        BootstrapServers = [.. _reader.Text("bootstrap.servers", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(BrokerAddress.Parse)];
        if (BootstrapServers.Count == 0)
            throw new ClusterConfigurationException("no bootstrap server: give HOST:PORT");
        GiveUpAfter = _reader.Milliseconds(KnownProperties.GiveUpAfter, 60_000);
        // Read once, so that a value that is no number is told now and not in mid-work.
        _ = (ConnectTimeout, FetchMaxBytes, PartitionFetchMaxBytes, FetchMaxWait, FetchMemory, MaxResponseBytes, RetryBackoff, RetryBackoffMax);
        if (MaxInFlight is < 1 or > MostInFlight)
            throw new ClusterConfigurationException($"max.in.flight.requests.per.connection is 1 to {MostInFlight}: brokers remember as many batches of a producer");
        if (RequestTimeout <= FetchMaxWait)
            throw new ClusterConfigurationException("socket.timeout.ms has to be above fetch.wait.max.ms: a broker may wait as long before it answers");
    }

    /// <summary>Where to ask first.</summary>
    public IReadOnlyList<BrokerAddress> BootstrapServers { get; }

    public string ClientId => _reader.Text("client.id", "kafka-backup");

    /// <summary>How long opening a connection may take. Default 10 s.</summary>
    public TimeSpan ConnectTimeout => _reader.Milliseconds("socket.connection.setup.timeout.ms", 10_000);

    /// <summary>How long one request may wait for its response. Default 60 s, above the brokers' own 30 s.</summary>
    public TimeSpan RequestTimeout => _reader.Milliseconds("socket.timeout.ms", 60_000);

    /// <summary>
    /// A bound on one fetch response, in bytes. Default 4 MiB: what is more leaves a processor's cache between being received, checked, hashed
    /// and written, which costs a quarter of a backup's CPU time. Worth raising where a broker is tens of milliseconds away.
    /// </summary>
    public int FetchMaxBytes => _reader.Number("fetch.max.bytes", 4 << 20);

    /// <summary>A bound on one partition's share of a fetch response, in bytes. Default 2 MiB.</summary>
    public int PartitionFetchMaxBytes => _reader.Number("max.partition.fetch.bytes", 2 << 20);

    /// <summary>
    /// A bound on what one lane holds of all its partitions, from all its brokers together, in bytes; only a batch that is larger than a
    /// broker's share goes beyond it. Default 64 MiB.
    /// </summary>
    public long FetchMemory => _reader.Number("queued.max.messages.kbytes", 64 << 10) * 1024L;

    /// <summary>How long a broker may wait for data to come. Default 500 ms.</summary>
    public TimeSpan FetchMaxWait => _reader.Milliseconds("fetch.wait.max.ms", 500);

    /// <summary>The longest response that is believed, in bytes. Default 1 GiB.</summary>
    public int MaxResponseBytes => _reader.Number("receive.message.max.bytes", 1 << 30);

    /// <summary>How many batches may be on their way to a partition; fewer where the broker remembers fewer. Default 5.</summary>
    public int MaxInFlight => _reader.Number("max.in.flight.requests.per.connection", MostInFlight);

    /// <summary>How long to wait before a request is tried again, at first. Default 200 ms.</summary>
    public TimeSpan RetryBackoff => _reader.Milliseconds("retry.backoff.ms", 200);

    /// <summary>How long to wait before a request is tried again, at most. Default 1 s.</summary>
    public TimeSpan RetryBackoffMax => _reader.Milliseconds("retry.backoff.max.ms", 1_000);

    /// <summary>How long a cluster, or one partition of it, may keep failing before it is given up. Default 60 s.</summary>
    public TimeSpan GiveUpAfter { get; init; }

    /// <summary>How the two sides come to trust each other.</summary>
    public SecurityOptions Security { get; }

    /// <summary>The properties as they were given. They may hold secrets.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; }

    /// <summary>The properties for Confluent.Kafka: tokens are fetched here for both.</summary>
    internal IReadOnlyDictionary<string, string> ConfluentProperties => Properties
        .Where(p => p.Key != KnownProperties.GiveUpAfter && !SecurityOptions.KeepsFromConfluent(p.Key)).ToDictionary();

    /// <summary>Options that name the brokers alone.</summary>
    public static ClusterOptions For(string bootstrapServers) => new(new Dictionary<string, string> { ["bootstrap.servers"] = bootstrapServers });
}
