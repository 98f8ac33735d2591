using System.Globalization;

namespace KafkaBackup.Kafka.Connections;

/// <summary>Reads librdkafka properties. Values are never repeated in errors but where they can't be secrets.</summary>
internal sealed class PropertyReader(IReadOnlyDictionary<string, string> properties)
{
    public bool Has(string name) => Text(name) is not null;

    /// <summary>The value; null where it is missing or empty.</summary>
    public string? Text(string name) => properties.TryGetValue(name, out var text) && text.Length > 0 ? text : null;

    public string Text(string name, string fallback) => Text(name) ?? fallback;

    /// <summary>One value by either of two names that librdkafka takes for the same.</summary>
    public string? Either(string name, string alias) =>
        Text(name) is { } value && Text(alias) is { } other && value != other
            ? throw new ClusterConfigurationException($"the Kafka properties {name} and {alias} are one, and have two values")
            : Text(name) ?? Text(alias);

    public TimeSpan Milliseconds(string name, int fallback) => TimeSpan.FromMilliseconds(Number(name, fallback));

    public int Number(string name, int fallback) =>
        Text(name) is not { } text ? fallback
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new ClusterConfigurationException($"the Kafka property {name} takes a whole number, not '{text}'");

    public bool Flag(string name, bool fallback) =>
        Text(name) is not { } text ? fallback
        : bool.TryParse(text, out var flag) ? flag
        : throw new ClusterConfigurationException($"the Kafka property {name} takes true or false, not '{text}'");

    /// <summary>A required value.</summary>
    public string Need(string name, string why) => Text(name) ?? throw new ClusterConfigurationException($"the Kafka property {name} is missing: {why}");
}
