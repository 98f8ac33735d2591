using System.Collections.Frozen;

namespace KafkaBackup.Kafka.Connections;

/// <summary>The properties that are honoured, by the lanes and by Confluent.Kafka alike. One that is not among them is an error, not a silence.</summary>
internal static class KnownProperties
{
    /// <summary>Their names with what they take.</summary>
    public static FrozenDictionary<string, string> All { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["bootstrap.servers"] = "HOST:PORT, several separated by commas",
        ["client.id"] = "how the broker names us in its logs and quotas",
        ["broker.address.family"] = "any, v4 or v6 (Confluent.Kafka only; the lanes take what the name resolves to)",
        ["socket.connection.setup.timeout.ms"] = "milliseconds",
        ["socket.timeout.ms"] = "milliseconds",
        ["fetch.max.bytes"] = "bytes",
        ["fetch.wait.max.ms"] = "milliseconds",
        ["max.partition.fetch.bytes"] = "bytes",
        ["queued.max.messages.kbytes"] = "KiB of fetched data that one lane holds at most",
        ["receive.message.max.bytes"] = "bytes",
        ["max.in.flight.requests.per.connection"] = "1 to 5 batches on their way to a partition",
        ["retry.backoff.ms"] = "milliseconds",
        ["retry.backoff.max.ms"] = "milliseconds",
        [GiveUpAfter] = "milliseconds that a cluster may keep failing (ours: librdkafka has none)",
        ["security.protocol"] = "plaintext, ssl, sasl_plaintext or sasl_ssl",
        ["ssl.ca.location"] = "a PEM file",
        ["ssl.ca.pem"] = "PEM text",
        ["ssl.certificate.location"] = "a PEM file",
        ["ssl.certificate.pem"] = "PEM text",
        ["ssl.key.location"] = "a PEM file",
        ["ssl.key.pem"] = "PEM text",
        ["ssl.key.password"] = "text",
        ["ssl.keystore.location"] = "a PKCS#12 file",
        ["ssl.keystore.password"] = "text",
        ["ssl.endpoint.identification.algorithm"] = "https or none",
        ["enable.ssl.certificate.verification"] = "true or false",
        ["sasl.mechanism"] = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or GSSAPI",
        ["sasl.mechanisms"] = "the same",
        ["sasl.username"] = "text",
        ["sasl.password"] = "text",
        ["sasl.oauthbearer.method"] = "default or oidc",
        ["sasl.oauthbearer.client.id"] = "text",
        ["sasl.oauthbearer.client.secret"] = "text",
        ["sasl.oauthbearer.scope"] = "text",
        ["sasl.oauthbearer.extensions"] = "KEY=VALUE, several separated by commas",
        ["sasl.oauthbearer.token.endpoint.url"] = "http(s)://..., or file:///PATH for a file that holds the token",
        ["sasl.oauthbearer.config"] = "principal=NAME [lifeSeconds=N], for unsecured tokens",
        ["enable.sasl.oauthbearer.unsecure.jwt"] = "true or false",
        ["https.ca.location"] = "a PEM file, for the token endpoint",
        ["https.ca.pem"] = "PEM text, for the token endpoint",
        ["sasl.kerberos.service.name"] = "the brokers' service, kafka by default",
        ["sasl.kerberos.principal"] = "text",
        ["sasl.kerberos.keytab"] = "a keytab file",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The one property that is ours: it is kept from Confluent.Kafka.</summary>
    public const string GiveUpAfter = "give.up.after.ms";

    /// <summary>Refuses what can't be honoured.</summary>
    /// <exception cref="ClusterConfigurationException">There is such a property.</exception>
    public static void Check(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (!All.ContainsKey(name))
                throw new ClusterConfigurationException($"the Kafka property '{name}' is not one that can be honoured here; known ones: {string.Join(", ", All.Keys.Order(StringComparer.Ordinal))}");
        }
    }
}
