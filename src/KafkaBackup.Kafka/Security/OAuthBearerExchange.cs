using System.Text;

namespace KafkaBackup.Kafka.Security;

/// <summary>A token that somebody else vouches for. Source: RFC 7628, KIP-255.</summary>
internal sealed class OAuthBearerExchange(IAccessTokens tokens) : ISaslExchange
{
    private const char Separator = '\u0001';
    private bool _said;

    public async ValueTask<byte[]?> NextAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancellation)
    {
        if (!_said)
        {
            _said = true;
            var token = await tokens.GetAsync(cancellation);
            var extensions = string.Concat(token.Extensions.Select(e => $"{e.Key}={e.Value}{Separator}"));
            return Encoding.UTF8.GetBytes($"n,,{Separator}auth=Bearer {token.Value}{Separator}{extensions}{Separator}");
        }

        // A server that refuses says why, and waits for this before it fails the exchange.
        return challenge.Length > 0 ? [(byte)Separator] : null;
    }

    public void Dispose()
    {
    }
}
