using System.Text;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Security;

/// <summary>The proof of identity on one connection, and its renewal before the broker stops to believe it. Source: KIP-43, KIP-152, KIP-368.</summary>
internal sealed class SaslSession(BrokerConnection connection, SaslOptions options, SecurityOptions security, TimeProvider time)
{
    /// <summary>The handshake that lets tokens travel in frames of their own.</summary>
    private const short HandshakeVersion = 1;

    /// <summary>A session is renewed when so much of its life is over.</summary>
    private const double RenewAfter = 0.85;

    private long _begun;
    private TimeSpan? _renewAfter;

    /// <summary>Whether the session has to be renewed before anything else is asked.</summary>
    public bool IsDue => _renewAfter is { } after && time.GetElapsedTime(_begun) >= after;

    /// <summary>Authenticates, at first or anew. Nobody else sends meanwhile.</summary>
    /// <exception cref="BrokerAuthenticationException">The broker does not believe it, or is not believed.</exception>
    public async Task AuthenticateAsync(CancellationToken cancellation)
    {
        connection.Capabilities.Require(Capability.SaslFrames, $"{options.Mechanism}");
        await ShakeHandsAsync(cancellation);
        var begun = time.GetTimestamp();
        using var exchange = options.Begin(connection.Broker);
        try
        {
            var lifetime = await RunAsync(exchange, cancellation);
            (_begun, _renewAfter) = (begun, lifetime > 0 ? TimeSpan.FromMilliseconds(lifetime * RenewAfter) : null);
        }
        catch (SaslException e)
        {
            throw Refused(e.Message, e);
        }
    }

    private async Task ShakeHandsAsync(CancellationToken cancellation)
    {
        using var lease = await await connection.BeginAloneAsync(new SaslHandshakeRequest { Mechanism = options.Mechanism }, HandshakeVersion, cancellation);
        switch (lease.Response.ErrorCode)
        {
            case ErrorCode.None:
                return;
            case ErrorCode.UnsupportedSaslMechanism:
                throw Refused($"it has {string.Join(", ", lease.Response.Mechanisms)}; set sasl.mechanism to one of them");
            default:
                throw Refused($"it answered {lease.Response.ErrorCode}; {lease.Response.ErrorCode.Rule().Hint}");
        }
    }

    private async Task<long> RunAsync(ISaslExchange exchange, CancellationToken cancellation)
    {
        var challenge = Array.Empty<byte>();
        var lifetime = 0L;
        while (await exchange.NextAsync(challenge, cancellation) is { } message)
        {
            var request = new SaslAuthenticateRequest { AuthBytes = message };
            using var lease = await await connection.BeginAloneAsync(request, connection.VersionOf(ApiKey.SaslAuthenticate), cancellation);
            var answer = lease.Response;
            if (answer.ErrorCode != ErrorCode.None)
            {
                // What the mechanism itself said of the reason came before.
                var detail = challenge.Length > 0 && message.Length == 1 ? Encoding.UTF8.GetString(challenge) : answer.ErrorMessage;
                throw Refused($"{security.Scrub(detail ?? answer.ErrorCode.ToString())}; check the credentials");
            }

            (challenge, lifetime) = (answer.AuthBytes.ToArray(), answer.SessionLifetimeMs);
        }

        return lifetime;
    }

    private BrokerAuthenticationException Refused(string reason, Exception? inner = null) =>
        new(connection.Broker, $"authentication by {options.Mechanism} failed: {security.Scrub(reason)}", inner);
}
