using System.Security.Cryptography;
using System.Text;

namespace KafkaBackup.Broker.Security;

/// <summary>PLAIN: authorization id, user and password between zero bytes. Source: RFC 4616, and the messages of Kafka's PlainSaslServer.</summary>
internal sealed class PlainExchange(IReadOnlyDictionary<string, string> passwords) : SaslExchange
{
    public override SaslStep Next(ReadOnlySpan<byte> token)
    {
        if (Encoding.UTF8.GetString(token).Split('\0') is not [var authorization, var user, var password] || user.Length == 0 || password.Length == 0)
            return SaslStep.Refused("Authentication failed: Invalid SASL/PLAIN response");
        if (!passwords.TryGetValue(user, out var expected)
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(password)))
            return SaslStep.Refused("Authentication failed: Invalid username or password");
        return authorization.Length > 0 && authorization != user
            ? SaslStep.Refused("Authentication failed: Client requested an authorization id that is different from username")
            : SaslStep.Done(user);
    }
}
