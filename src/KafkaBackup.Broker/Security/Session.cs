using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Security;

/// <summary>
/// Who is at the other end of a connection, and how far he has got with saying so. Source: the states of Kafka 2.4's
/// SaslServerAuthenticator, and KIP-368 for saying so again.
/// </summary>
internal sealed class Session(SaslServer? sasl, string principal, TimeProvider time) : IDisposable
{
    private SaslExchange? _exchange;
    private string? _mechanism;
    private long? _expiresAtMs;

    /// <summary>Such as "User:alice".</summary>
    public string Principal { get; private set; } = principal;

    public bool IsAuthenticated { get; private set; } = sasl is null;

    /// <summary>Whether the next frame is a bare token: after a handshake of version 0.</summary>
    public bool ExpectsBareToken { get; private set; }

    /// <summary>Whether the connection ends after this answer.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Whether a request may be handled now; if not, the connection ends.</summary>
    public bool MayAsk(ApiKey key)
    {
        if (key == ApiKey.SaslHandshake || (key == ApiKey.SaslAuthenticate && (IsAuthenticated || _exchange is not null)))
            return true;
        return IsAuthenticated ? _exchange is null && !(_expiresAtMs < Now) : key == ApiKey.ApiVersions;
    }

    public SaslHandshakeResponse Handshake(string mechanism, short version)
    {
        // Who is known already says so again only where his session has an end.
        if (sasl is null || (IsAuthenticated && _expiresAtMs is null))
            return new SaslHandshakeResponse { ErrorCode = ErrorCode.IllegalSaslState };
        if (!sasl.Enabled.Contains(mechanism) || (IsAuthenticated && mechanism != _mechanism))
        {
            HasFailed = true;
            return new SaslHandshakeResponse { ErrorCode = ErrorCode.UnsupportedSaslMechanism, Mechanisms = sasl.Enabled };
        }

        _exchange?.Dispose();
        (_mechanism, _exchange, ExpectsBareToken) = (mechanism, sasl.Begin(mechanism), version == 0);
        return new SaslHandshakeResponse { Mechanisms = sasl.Enabled };
    }

    public SaslAuthenticateResponse Authenticate(ReadOnlySpan<byte> token)
    {
        if (sasl is null || _exchange is null)
        {
            return new SaslAuthenticateResponse
            {
                ErrorCode = ErrorCode.IllegalSaslState,
                ErrorMessage = "SaslAuthenticate request received after successful authentication",
            };
        }

        var step = _exchange.Next(token);
        if (step.Error is { } error)
            return Refuse(error);
        if (step.User is not { } user)
            return new SaslAuthenticateResponse { AuthBytes = step.Token };
        if (IsAuthenticated && Principals.User(user) != Principal)
            return Refuse($"Cannot change principals during re-authentication from {Principal}: {Principals.User(user)}");
        _exchange.Dispose();
        (_exchange, ExpectsBareToken, IsAuthenticated, Principal) = (null, false, true, Principals.User(user));
        var now = Now;
        var lifetime = Math.Min(step.ExpiresAtMs - now ?? long.MaxValue, (long?)sasl.MaxLifetime?.TotalMilliseconds ?? long.MaxValue);
        _expiresAtMs = lifetime == long.MaxValue ? null : now + lifetime;
        return new SaslAuthenticateResponse { AuthBytes = step.Token, SessionLifetimeMs = lifetime == long.MaxValue ? 0 : lifetime };
    }

    public void Dispose() => _exchange?.Dispose();

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private SaslAuthenticateResponse Refuse(string error)
    {
        HasFailed = true;
        return new SaslAuthenticateResponse { ErrorCode = ErrorCode.SaslAuthenticationFailed, ErrorMessage = error };
    }
}
