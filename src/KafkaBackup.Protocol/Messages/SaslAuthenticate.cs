using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Carries a token of the mechanism under way. Source: SaslAuthenticate (key 36), versions 0 to 1.</summary>
public sealed record SaslAuthenticateRequest : Request<SaslAuthenticateResponse>
{
    public override ApiKey Key => ApiKey.SaslAuthenticate;

    /// <summary>A secret in most mechanisms: never printed.</summary>
    public ReadOnlyMemory<byte> AuthBytes { get; set; }

    public override void Describe(Wire wire) => AuthBytes = wire.Bytes(AuthBytes);

    /// <summary>Leaves the token out.</summary>
    public override string ToString() => $"{nameof(SaslAuthenticateRequest)} {{ {AuthBytes.Length} bytes }}";
}

/// <summary>Answers <see cref="SaslAuthenticateRequest"/>.</summary>
public sealed record SaslAuthenticateResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    /// <summary>The server's token; empty where the mechanism has none.</summary>
    public ReadOnlyMemory<byte> AuthBytes { get; set; }

    /// <summary>After how many milliseconds the client has to authenticate anew; 0: never.</summary>
    public long SessionLifetimeMs { get; set; }

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
        AuthBytes = wire.Bytes(AuthBytes);
        SessionLifetimeMs = wire.Int64(SessionLifetimeMs, since: 1);
    }

    /// <summary>Leaves the token out.</summary>
    public override string ToString() => $"{nameof(SaslAuthenticateResponse)} {{ {ErrorCode}, {AuthBytes.Length} bytes }}";
}
