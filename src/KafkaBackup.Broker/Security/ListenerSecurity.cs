namespace KafkaBackup.Broker.Security;

/// <summary>What a connection goes through before its first request: TLS, then SASL; either may be missing.</summary>
internal sealed class ListenerSecurity
{
    private readonly TlsServer? _tls;
    private readonly SaslServer? _sasl;
    private readonly TimeProvider _time;

    public ListenerSecurity(BrokerSecurity security, IReadOnlyDictionary<string, string> configs, TimeProvider time)
    {
        security.Validate();
        _time = time;
        _tls = security.Tls is { } tls ? new TlsServer(tls) : null;
        var reauthenticate = long.Parse(configs.GetValueOrDefault("connections.max.reauth.ms", "0"));
        _sasl = security.SaslMechanisms.Count > 0
            ? new SaslServer(security, reauthenticate > 0 ? TimeSpan.FromMilliseconds(reauthenticate) : null, time)
            : null;
    }

    /// <summary>Does the TLS handshake, if there is one to do.</summary>
    public async Task<(Stream Stream, Session Session)> OpenAsync(Stream plain, CancellationToken cancellation)
    {
        var (stream, principal) = _tls is null ? (plain, Principals.Anonymous) : await _tls.AuthenticateAsync(plain, cancellation).ConfigureAwait(false);
        return (stream, new Session(_sasl, principal, _time));
    }
}
