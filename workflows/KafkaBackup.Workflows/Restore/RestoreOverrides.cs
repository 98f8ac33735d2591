namespace KafkaBackup.Workflows.Restore;

/// <summary>
/// What a topic is configured to while records are written to it. Without these the target would delete old records at once, refuse old
/// timestamps, recompress batches beyond its own limit, or stamp them with its own clock.
/// </summary>
internal static class RestoreOverrides
{
    private const string Unlimited = "9223372036854775807";

    /// <summary>Limits of a timestamp's distance from the broker's clock; which of them a broker has depends on its version.</summary>
    public static readonly IReadOnlyList<string> TimestampLimits =
        ["message.timestamp.difference.max.ms", "message.timestamp.before.max.ms", "message.timestamp.after.max.ms"];

    /// <summary>The settings to have, given those in force; only what differs comes back.</summary>
    public static IReadOnlyDictionary<string, string> Needed(IReadOnlyDictionary<string, string?> inForce, int largestBatch)
    {
        var wanted = new Dictionary<string, string>(Fixed());
        foreach (var limit in TimestampLimits.Where(inForce.ContainsKey))
            wanted[limit] = Unlimited;
        foreach (var limit in (string[])["max.message.bytes", "segment.bytes"])
        {
            if (inForce.TryGetValue(limit, out var text) && int.TryParse(text, out var value) && value < largestBatch)
                wanted[limit] = largestBatch.ToString();
        }

        return wanted.Where(w => inForce.GetValueOrDefault(w.Key) != w.Value).ToDictionary();
    }

    /// <summary>What a topic is created with: its own settings, and over them what a restore needs.</summary>
    public static IReadOnlyDictionary<string, string> AtCreation(IReadOnlyDictionary<string, string?> own)
    {
        var settings = own.Where(s => s.Value is not null).ToDictionary(s => s.Key, s => s.Value!);
        foreach (var (name, value) in Fixed())
            settings[name] = value;
        return settings;
    }

    /// <summary>Those that every topic needs, to be set when it is created.</summary>
    public static IReadOnlyDictionary<string, string> Fixed() => new Dictionary<string, string>
    {
        ["retention.ms"] = "-1",
        ["retention.bytes"] = "-1",
        ["cleanup.policy"] = "delete",
        ["compression.type"] = "producer",
        ["message.timestamp.type"] = "CreateTime",
    };
}
