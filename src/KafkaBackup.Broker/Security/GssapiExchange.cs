using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Text;

namespace KafkaBackup.Broker.Security;

/// <summary>GSSAPI: Kerberos by the framework, then the choice of no security layer. Source: RFC 4752.</summary>
internal sealed class GssapiExchange : SaslExchange
{
    private const byte NoLayer = 1;
    private const string Refusal = "Authentication failed during authentication due to invalid credentials with SASL mechanism GSSAPI";

    private readonly NegotiateAuthentication _context = new(new NegotiateAuthenticationServerOptions
    {
        Package = "Kerberos",
        Credential = CredentialCache.DefaultNetworkCredentials,
    });

    private bool _offered;

    public override SaslStep Next(ReadOnlySpan<byte> token)
    {
        if (_offered)
            return Choose(token);
        if (_context.IsAuthenticated)
            return Offer();
        var answer = _context.GetOutgoingBlob(token, out var status) ?? [];
        return status switch
        {
            NegotiateAuthenticationStatusCode.ContinueNeeded => SaslStep.Goes(answer),
            // What completes the client's side goes out first; the client asks for the offer with an empty token.
            NegotiateAuthenticationStatusCode.Completed => answer.Length > 0 ? SaslStep.Goes(answer) : Offer(),
            _ => SaslStep.Refused(Refusal),
        };
    }

    public override void Dispose() => _context.Dispose();

    private SaslStep Offer()
    {
        _offered = true;
        var wrapped = new ArrayBufferWriter<byte>();
        var status = _context.Wrap([NoLayer, 0, 0, 0], wrapped, requestEncryption: false, out _);
        return status == NegotiateAuthenticationStatusCode.Completed ? SaslStep.Goes(wrapped.WrittenSpan.ToArray()) : SaslStep.Refused(Refusal);
    }

    private SaslStep Choose(ReadOnlySpan<byte> token)
    {
        var choice = new ArrayBufferWriter<byte>();
        if (_context.Unwrap(token, choice, out _) != NegotiateAuthenticationStatusCode.Completed || choice.WrittenCount < 4 || choice.WrittenSpan[0] != NoLayer)
            return SaslStep.Refused(Refusal);
        var name = _context.RemoteIdentity.Name ?? "";
        var user = name.Split('@')[0].Split('/')[0];
        var authorization = Encoding.UTF8.GetString(choice.WrittenSpan[4..]);
        return user.Length > 0 && (authorization.Length == 0 || authorization == name || authorization == user) ? SaslStep.Done(user) : SaslStep.Refused(Refusal);
    }
}
