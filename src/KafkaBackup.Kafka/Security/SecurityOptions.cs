using KafkaBackup.Kafka.Connections;

namespace KafkaBackup.Kafka.Security;

/// <summary>How a client and the brokers come to trust each other, from librdkafka's properties.</summary>
public sealed class SecurityOptions
{
    private static readonly string[] SecretNames =
        ["sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem", "sasl.oauthbearer.client.secret"];

    /// <summary>Who did not say who he is. Source: KafkaPrincipal.ANONYMOUS.</summary>
    private const string Anonymous = "ANONYMOUS";

    private readonly string[] _secrets;

    private SecurityOptions(string protocol, TlsClient? tls, SaslOptions? sasl, string[] secrets) =>
        (Protocol, Tls, Sasl, _secrets) = (protocol, tls, sasl, secrets);

    /// <summary>plaintext, ssl, sasl_plaintext or sasl_ssl.</summary>
    public string Protocol { get; }

    internal TlsClient? Tls { get; }

    internal SaslOptions? Sasl { get; }

    /// <summary>The name that the brokers know the user by, without "User:"; null where it is theirs to make, out of a certificate, a token or a ticket.</summary>
    internal string? User => Sasl is { } sasl ? sasl.User : Tls is { HasIdentity: true } ? null : Anonymous;

    /// <summary>What another party says, without our secrets: nobody knows what a server repeats.</summary>
    internal string Scrub(string text)
    {
        foreach (var secret in _secrets)
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        return text;
    }

    /// <summary>Whether a property is ours to carry out: tokens are fetched once, for the lanes and Confluent.Kafka alike.</summary>
    internal static bool KeepsFromConfluent(string name) =>
        name.StartsWith("sasl.oauthbearer.", StringComparison.Ordinal) || name is "enable.sasl.oauthbearer.unsecure.jwt" or "https.ca.location" or "https.ca.pem";

    /// <exception cref="ClusterConfigurationException">The properties contradict each other, or a file can't be read.</exception>
    internal static SecurityOptions Read(PropertyReader properties)
    {
        var protocol = properties.Text("security.protocol", "plaintext").ToLowerInvariant();
        if (protocol is not ("plaintext" or "ssl" or "sasl_plaintext" or "sasl_ssl"))
            throw new ClusterConfigurationException($"security.protocol is plaintext, ssl, sasl_plaintext or sasl_ssl, not '{protocol}'");
        var (usesTls, usesSasl) = (protocol.EndsWith("ssl", StringComparison.Ordinal), protocol.StartsWith("sasl", StringComparison.Ordinal));
        RefuseUnused(properties, usesTls, protocol, "ssl.", "enable.ssl.");
        RefuseUnused(properties, usesSasl, protocol, "sasl.", "enable.sasl.");
        return new SecurityOptions(
            protocol,
            usesTls ? TlsClient.Read(properties) : null,
            usesSasl ? SaslOptions.Read(properties) : null,
            [.. SecretNames.Select(properties.Text).OfType<string>().Where(secret => secret.Length > 2)]);
    }

    // A password beside security.protocol=plaintext is most likely a forgotten protocol: it would be silence where trust was meant.
    private static void RefuseUnused(PropertyReader properties, bool isUsed, string protocol, params string[] prefixes)
    {
        if (!isUsed && KnownProperties.All.Keys.FirstOrDefault(name => prefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal)) && properties.Has(name)) is { } unused)
            throw new ClusterConfigurationException($"{unused} has no effect under security.protocol={protocol}: set the protocol that it belongs to, or leave it out");
    }
}
