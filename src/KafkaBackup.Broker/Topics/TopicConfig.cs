using System.Collections.Frozen;
using KafkaBackup.Broker.Logs;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Topics;

/// <summary>A configuration entry of topics.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">Kafka's default.</param>
/// <param name="BrokerName">The broker's entry that overrides the default; null if there is none.</param>
/// <param name="IsValid">Whether a value is one.</param>
internal sealed record TopicConfigEntry(string Name, string Default, string? BrokerName, Func<string, bool> IsValid);

/// <summary>The configuration that topics have. Source: the topic configurations of Kafka 2.4's documentation, and the two timestamp limits that 3.6 brought.</summary>
internal static class TopicConfig
{
    private static readonly TopicConfigEntry[] Entries =
    [
        new("cleanup.policy", "delete", "log.cleanup.policy", v => v.Split(',', StringSplitOptions.TrimEntries).All(p => p is "compact" or "delete")),
        new("compression.type", "producer", "compression.type", v => v is "producer" or "uncompressed" or "gzip" or "snappy" or "lz4" or "zstd"),
        new("delete.retention.ms", "86400000", "log.cleaner.delete.retention.ms", AtLeast(0)),
        new("file.delete.delay.ms", "60000", "log.segment.delete.delay.ms", AtLeast(0)),
        new("flush.messages", "9223372036854775807", "log.flush.interval.messages", AtLeast(0)),
        new("flush.ms", "9223372036854775807", "log.flush.interval.ms", AtLeast(0)),
        new("follower.replication.throttled.replicas", "", null, _ => true),
        new("index.interval.bytes", "4096", "log.index.interval.bytes", Between(0, int.MaxValue)),
        new("leader.replication.throttled.replicas", "", null, _ => true),
        new("max.compaction.lag.ms", "9223372036854775807", "log.cleaner.max.compaction.lag.ms", AtLeast(1)),
        new("max.message.bytes", "1000012", "message.max.bytes", Between(0, int.MaxValue)),
        new("message.downconversion.enable", "true", "log.message.downconversion.enable", IsBool),
        new("message.format.version", "2.4-IV1", "log.message.format.version", _ => true),
        new("message.timestamp.after.max.ms", "9223372036854775807", "log.message.timestamp.after.max.ms", AtLeast(0)),
        new("message.timestamp.before.max.ms", "9223372036854775807", "log.message.timestamp.before.max.ms", AtLeast(0)),
        new("message.timestamp.difference.max.ms", "9223372036854775807", "log.message.timestamp.difference.max.ms", AtLeast(0)),
        new("message.timestamp.type", "CreateTime", "log.message.timestamp.type", v => v is "CreateTime" or "LogAppendTime"),
        new("min.cleanable.dirty.ratio", "0.5", "log.cleaner.min.cleanable.ratio", v => double.TryParse(v, out var ratio) && ratio is >= 0 and <= 1),
        new("min.compaction.lag.ms", "0", "log.cleaner.min.compaction.lag.ms", AtLeast(0)),
        new("min.insync.replicas", "1", "min.insync.replicas", Between(1, int.MaxValue)),
        new("preallocate", "false", "log.preallocate", IsBool),
        new("retention.bytes", "-1", "log.retention.bytes", AtLeast(long.MinValue)),
        new("retention.ms", "604800000", "log.retention.ms", AtLeast(-1)),
        new("segment.bytes", "1073741824", "log.segment.bytes", Between(14, int.MaxValue)),
        new("segment.index.bytes", "10485760", "log.index.size.max.bytes", Between(0, int.MaxValue)),
        new("segment.jitter.ms", "0", "log.roll.jitter.ms", AtLeast(0)),
        new("segment.ms", "604800000", "log.roll.ms", AtLeast(1)),
        new("unclean.leader.election.enable", "false", "unclean.leader.election.enable", IsBool),
    ];

    /// <summary>The entries by name.</summary>
    public static FrozenDictionary<string, TopicConfigEntry> All { get; } = Entries.ToFrozenDictionary(entry => entry.Name);

    /// <summary>What is wrong with a topic's own entries; null if nothing is.</summary>
    public static string? Validate(IEnumerable<KeyValuePair<string, string>> configs)
    {
        foreach (var (name, value) in configs)
        {
            if (!All.TryGetValue(name, out var entry))
                return $"Unknown topic config name: {name}";
            if (!entry.IsValid(value))
                return $"Invalid value {value} for configuration {name}";
        }

        return null;
    }

    /// <summary>The value that counts: the topic's own, else the broker's, else Kafka's default.</summary>
    public static string Value(string name, IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> broker)
    {
        if (own.TryGetValue(name, out var value))
            return value;
        var entry = All[name];
        return entry.BrokerName is { } brokerName && broker.TryGetValue(brokerName, out value) ? value : entry.Default;
    }

    /// <summary>Where that value comes from.</summary>
    public static ConfigSource Source(TopicConfigEntry entry, IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> broker) =>
        own.ContainsKey(entry.Name) ? ConfigSource.DynamicTopic
        : entry.BrokerName is { } name && broker.ContainsKey(name) ? ConfigSource.StaticBroker
        : ConfigSource.Default;

    /// <summary>What the logs of a topic have to know of it.</summary>
    public static LogSettings ToSettings(IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> broker)
    {
        string Of(string name) => Value(name, own, broker);
        var compact = Of("cleanup.policy").Contains("compact", StringComparison.Ordinal);
        return new LogSettings(
            int.Parse(Of("segment.bytes")),
            // What has to be compacted by a time must not stay in the segment that is written to, which never is.
            compact ? Math.Min(long.Parse(Of("segment.ms")), long.Parse(Of("max.compaction.lag.ms"))) : long.Parse(Of("segment.ms")),
            int.Parse(Of("max.message.bytes")),
            int.Parse(Of("index.interval.bytes")),
            Of("message.timestamp.type") == "LogAppendTime" ? TimestampType.LogAppendTime : TimestampType.CreateTime,
            Math.Min(long.Parse(Of("message.timestamp.before.max.ms")), long.Parse(Of("message.timestamp.difference.max.ms"))),
            Math.Min(long.Parse(Of("message.timestamp.after.max.ms")), long.Parse(Of("message.timestamp.difference.max.ms"))),
            Of("compression.type") switch
            {
                "uncompressed" => CompressionType.None,
                "gzip" => CompressionType.Gzip,
                "snappy" => CompressionType.Snappy,
                "lz4" => CompressionType.Lz4,
                "zstd" => CompressionType.Zstd,
                _ => null,
            },
            int.Parse(Of("min.insync.replicas")),
            new CleanupSettings(
                Of("cleanup.policy").Contains("delete", StringComparison.Ordinal),
                compact,
                long.Parse(Of("retention.ms")),
                long.Parse(Of("retention.bytes")),
                long.Parse(Of("delete.retention.ms")),
                double.Parse(Of("min.cleanable.dirty.ratio")),
                long.Parse(Of("min.compaction.lag.ms")),
                long.Parse(Of("max.compaction.lag.ms"))));
    }

    private static Func<string, bool> AtLeast(long least) => value => long.TryParse(value, out var number) && number >= least;

    private static Func<string, bool> Between(long least, long most) => value => long.TryParse(value, out var number) && number >= least && number <= most;

    private static bool IsBool(string value) => value is "true" or "false";
}
