using System.Net;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker;

/// <summary>How a development broker is set up.</summary>
public sealed record BrokerOptions
{
    /// <summary>Where it listens. Port 0 (the default): any free port, known as <see cref="BrokerServer.Port"/> once it has started.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>The host that clients are told to connect to. Null: the listening address, or 127.0.0.1 where that is every address.</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>The folder of its logs and state; made if there is none. One broker at a time works on it.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Topics that are created at start where they are missing.</summary>
    public IReadOnlyList<StartTopic> Topics { get; init; } = [];

    /// <summary>
    /// Broker-level configuration by Kafka's names: auto.create.topics.enable (true), num.partitions (1), message.max.bytes,
    /// log.segment.bytes, log.message.timestamp.type and the other defaults of topics. Nothing is ever removed by retention or compaction.
    /// </summary>
    public IReadOnlyDictionary<string, string> Configs { get; init; } = new Dictionary<string, string>();

    /// <summary>The broker's id.</summary>
    public int NodeId { get; init; } = 1;

    /// <summary>A larger request ends its connection, in bytes. Default: 100 MiB, as Kafka's.</summary>
    public int MaxRequestBytes { get; init; } = 100 * 1024 * 1024;

    /// <summary>
    /// How long a new, empty group waits for more members before its first generation. Default: none (Kafka waits 3 seconds).
    /// </summary>
    public TimeSpan InitialRebalanceDelay { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// The highest version of an API that it offers, where that shall be lower than the codec's: so that it answers as an older broker. Below
    /// the codec's lowest version, the API is not offered at all.
    /// </summary>
    public IReadOnlyDictionary<ApiKey, short> MaxVersions { get; init; } = new Dictionary<ApiKey, short>();

    /// <summary>What goes wrong on purpose; may be changed while the broker runs.</summary>
    public BrokerFaults Faults { get; init; } = new();
}

/// <summary>A topic that a broker creates at its start.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Partitions">How many partitions it gets.</param>
public sealed record StartTopic(string Name, int Partitions = 1)
{
    /// <summary>Its own configuration entries.</summary>
    public IReadOnlyDictionary<string, string> Configs { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads NAME or NAME:PARTITIONS.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static StartTopic Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return new StartTopic(text);
        return int.TryParse(text[(colon + 1)..], out var partitions) && partitions > 0
            ? new StartTopic(text[..colon], partitions)
            : throw new FormatException($"\"{text}\" is not NAME:PARTITIONS");
    }
}
