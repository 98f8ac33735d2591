using System.Globalization;

namespace KafkaBackup.Kafka.Connections;

/// <summary>Where a broker listens.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record BrokerAddress(string Host, int Port)
{
    /// <summary>Reads HOST:PORT, or [ADDRESS]:PORT for IPv6.</summary>
    /// <exception cref="ClusterConfigurationException">It is neither.</exception>
    public static BrokerAddress Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65535)
            throw new ClusterConfigurationException($"'{text}' is no broker address: give HOST:PORT");
        return new BrokerAddress(text[..colon].Trim('[', ']'), port);
    }

    public override string ToString() => $"{Host}:{Port}";
}
