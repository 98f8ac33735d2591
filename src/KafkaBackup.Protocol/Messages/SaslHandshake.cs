using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>
/// Names the mechanism that a client will authenticate by. Source: SaslHandshake (key 17), versions 0 to 1. After version 1 the tokens
/// travel in <see cref="SaslAuthenticateRequest"/>; after version 0 they follow bare, each behind its length.
/// </summary>
public sealed record SaslHandshakeRequest : Request<SaslHandshakeResponse>
{
    public override ApiKey Key => ApiKey.SaslHandshake;

    public string Mechanism { get; set; } = "";

    public override void Describe(Wire wire) => Mechanism = wire.String(Mechanism);
}

/// <summary>Answers <see cref="SaslHandshakeRequest"/>.</summary>
public sealed record SaslHandshakeResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    /// <summary>The mechanisms that the listener has.</summary>
    public IReadOnlyList<string> Mechanisms { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        Mechanisms = wire.StringArray(Mechanisms);
    }
}
