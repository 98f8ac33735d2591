using KafkaBackup.Kafka.Connections;

namespace KafkaBackup.Kafka.Security;

/// <summary>How a client proves who it is.</summary>
/// <param name="Mechanism">The mechanism's registered name.</param>
/// <param name="Begin">Begins one exchange with a broker, in whose name it is valid.</param>
/// <param name="Tokens">Where tokens come from, if the mechanism takes tokens.</param>
/// <param name="User">The name that the brokers know the user by; null where they make it out of a token or a ticket.</param>
internal sealed record SaslOptions(string Mechanism, Func<BrokerAddress, ISaslExchange> Begin, IAccessTokens? Tokens = null, string? User = null)
{
    public static SaslOptions Read(PropertyReader properties)
    {
        var mechanism = properties.Either("sasl.mechanism", "sasl.mechanisms")
            ?? throw new ClusterConfigurationException("sasl.mechanism is missing: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or GSSAPI");
        switch (mechanism)
        {
            case "PLAIN":
                var (user, password) = Credentials(properties, mechanism);
                return new SaslOptions(mechanism, _ => new PlainExchange(user, password), User: user);
            case "SCRAM-SHA-256" or "SCRAM-SHA-512":
                var (name, secret) = Credentials(properties, mechanism);
                return new SaslOptions(mechanism, _ => new ScramExchange(ScramHash.Of(mechanism), name, secret, ScramExchange.NewNonce()), User: name);
            case "OAUTHBEARER":
                var tokens = AccessTokens.Read(properties);
                return new SaslOptions(mechanism, _ => new OAuthBearerExchange(tokens), tokens);
            case "GSSAPI":
                var kerberos = KerberosOptions.Read(properties);
                return new SaslOptions(mechanism, broker => new GssapiExchange(kerberos, broker.Host));
            default:
                throw new ClusterConfigurationException($"sasl.mechanism is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or GSSAPI, not '{mechanism}'");
        }
    }

    private static (string User, string Password) Credentials(PropertyReader properties, string mechanism) =>
        (properties.Need("sasl.username", $"{mechanism} takes a user name"), properties.Need("sasl.password", $"{mechanism} takes a password"));
}

/// <summary>One run through a SASL mechanism, from the client's side.</summary>
internal interface ISaslExchange : IDisposable
{
    /// <summary>The next message for the server, to what it said last (nothing, at first); null where there is nothing more to say.</summary>
    /// <exception cref="SaslException">What the server said is not what it has to say.</exception>
    ValueTask<byte[]?> NextAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancellation);
}

/// <summary>An exchange failed on our side of it. The message holds no secret.</summary>
internal sealed class SaslException(string message, Exception? inner = null) : Exception(message, inner);
