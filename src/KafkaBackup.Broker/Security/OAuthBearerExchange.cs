using System.Text;

namespace KafkaBackup.Broker.Security;

/// <summary>OAUTHBEARER: a token that is refused is answered with its reason first, and ends at the client's reply. Source: RFC 7628.</summary>
internal sealed class OAuthBearerExchange(TokenOptions options, TimeProvider time) : SaslExchange
{
    private const string Field = "auth=Bearer ";
    private const string Reason = """{"status":"invalid_token"}""";

    private bool _refused;

    public override SaslStep Next(ReadOnlySpan<byte> token)
    {
        if (_refused)
            return SaslStep.Refused(Reason);
        var message = Encoding.UTF8.GetString(token);
        var bearer = message.StartsWith("n,", StringComparison.Ordinal)
            ? message.Split('\u0001').FirstOrDefault(field => field.StartsWith(Field, StringComparison.OrdinalIgnoreCase))?[Field.Length..]
            : null;
        if (bearer is not null && BearerToken.Read(bearer, options, time.GetUtcNow().ToUnixTimeMilliseconds()) is { } good)
            return SaslStep.Done(good.User, [], good.ExpiresAtMs);
        _refused = true;
        return SaslStep.Goes(Encoding.UTF8.GetBytes(Reason));
    }
}
