using System.Globalization;
using System.Net;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Broker.Security;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker;

/// <summary>How a development broker is set up.</summary>
public sealed record BrokerOptions
{
    /// <summary>
    /// Where it listens; further nodes on the ports that follow. Port 0 (the default): any free ports, known as <see cref="BrokerNode.Port"/> once it
    /// has started.
    /// </summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>The host that clients are told to connect to. Null: the listening address, or 127.0.0.1 where that is every address.</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>The folder of its logs and state; made if there is none. One broker at a time works on it.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Topics that are created at start where they are missing.</summary>
    public IReadOnlyList<StartTopic> Topics { get; init; } = [];

    /// <summary>
    /// Broker-level configuration by Kafka's names: auto.create.topics.enable (true), num.partitions (1), default.replication.factor (1),
    /// connections.max.reauth.ms (0: never), log.retention.check.interval.ms (300000), log.cleaner.backoff.ms (15000), message.max.bytes,
    /// log.segment.bytes, log.retention.ms, log.message.timestamp.type and the other defaults of topics.
    /// </summary>
    public IReadOnlyDictionary<string, string> Configs { get; init; } = new Dictionary<string, string>();

    /// <summary>The first node's id; further nodes have the ids that follow.</summary>
    public int NodeId { get; init; } = 1;

    /// <summary>How many nodes the cluster has, from 1.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>How the listeners are secured. Default: not at all.</summary>
    public BrokerSecurity Security { get; init; } = new();

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

    /// <summary>These options with <see cref="MaxVersions"/> as texts of the form API=VERSION say, the later winning.</summary>
    /// <exception cref="FormatException">One of them names no API, or no version.</exception>
    public BrokerOptions WithMaxVersions(IEnumerable<string> texts) =>
        this with { MaxVersions = texts.Select(MaxVersion).ToLookup(v => v.Api, v => v.Version).ToDictionary(v => v.Key, v => v.Last()) };

    private static (ApiKey Api, short Version) MaxVersion(string text) =>
        text.Split('=') is [var name, var number] && Enum.TryParse<ApiKey>(name, ignoreCase: true, out var api) && Enum.IsDefined(api)
            && short.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var version)
            ? (api, version)
            : throw new FormatException($"\"{text}\" is not API=VERSION, such as Metadata=9");
}

/// <summary>A topic that a broker creates at its start.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Partitions">How many partitions it gets.</param>
public sealed record StartTopic(string Name, int Partitions = 1)
{
    /// <summary>On how many nodes each partition lies; null: default.replication.factor, else 1.</summary>
    public int? Replicas { get; init; }

    /// <summary>Its own configuration entries.</summary>
    public IReadOnlyDictionary<string, string> Configs { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads NAME, NAME:PARTITIONS or NAME:PARTITIONS:REPLICAS.</summary>
    /// <exception cref="FormatException">It is none of them.</exception>
    public static StartTopic Parse(string text)
    {
        var parts = text.Split(':');
        var numbers = parts.Skip(1).Select(part => int.TryParse(part, out var number) ? number : 0).ToList();
        return numbers.Count <= 2 && numbers.TrueForAll(number => number > 0)
            ? new StartTopic(parts[0], numbers.Count > 0 ? numbers[0] : 1) { Replicas = numbers.Count > 1 ? numbers[1] : null }
            : throw new FormatException($"\"{text}\" is not NAME[:PARTITIONS[:REPLICAS]]");
    }
}
