using System.Security.Cryptography;
using System.Text;

namespace KafkaBackup.Broker.Security;

/// <summary>SCRAM without channel binding. Source: RFC 5802 and RFC 7677.</summary>
internal sealed class ScramExchange(string mechanism, HashAlgorithmName hash, Func<string, ScramCredential?> find) : SaslExchange
{
    private string _user = "";
    private string _nonce = "";
    private string _gs2Header = "";
    private string _clientFirst = "";
    private string _serverFirst = "";
    private ScramCredential? _credential;

    public override SaslStep Next(ReadOnlySpan<byte> token)
    {
        var message = Encoding.UTF8.GetString(token);
        return _credential is null ? First(message) : Final(message, _credential);
    }

    private SaslStep First(string message)
    {
        // n,[a=authorization id],n=user,r=nonce[,extensions]
        var parts = message.Split(',');
        if (parts.Length < 4 || parts[0] != "n" || !parts[2].StartsWith("n=", StringComparison.Ordinal) || !parts[3].StartsWith("r=", StringComparison.Ordinal))
            return Refused();
        _user = parts[2][2..].Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        _credential = find(_user);
        if (_credential is null || (parts[1].Length > 0 && parts[1] != "a=" + _user))
            return Refused();
        _gs2Header = $"{parts[0]},{parts[1]},";
        _clientFirst = message[_gs2Header.Length..];
        _nonce = parts[3][2..] + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(13));
        _serverFirst = $"r={_nonce},s={Convert.ToBase64String(_credential.Salt)},i={_credential.Iterations}";
        return SaslStep.Goes(Encoding.UTF8.GetBytes(_serverFirst));
    }

    private SaslStep Final(string message, ScramCredential credential)
    {
        // c=channel binding,r=nonce[,extensions],p=proof
        var proofAt = message.LastIndexOf(",p=", StringComparison.Ordinal);
        if (proofAt < 0 || !TryBase64(message[(proofAt + 3)..], out var proof) || proof.Length != credential.StoredKey.Length)
            return Refused();
        var withoutProof = message[..proofAt];
        // Kafka's brokers ask no more of the nonce than that it ends in theirs: old librdkafkas repeat their own part before it.
        if (withoutProof.Split(',') is not [var binding, var nonce, ..]
            || binding != $"c={Convert.ToBase64String(Encoding.UTF8.GetBytes(_gs2Header))}"
            || !nonce.StartsWith("r=", StringComparison.Ordinal)
            || !nonce.EndsWith(_nonce, StringComparison.Ordinal))
            return Refused();
        var authMessage = $"{_clientFirst},{_serverFirst},{withoutProof}";
        var clientKey = ScramCredential.Sign(hash, credential.StoredKey, authMessage);
        for (var i = 0; i < clientKey.Length; i++)
            clientKey[i] ^= proof[i];
        return CryptographicOperations.FixedTimeEquals(ScramCredential.Hash(hash, clientKey), credential.StoredKey)
            ? SaslStep.Done(_user, Encoding.UTF8.GetBytes("v=" + Convert.ToBase64String(ScramCredential.Sign(hash, credential.ServerKey, authMessage))))
            : Refused();
    }

    private SaslStep Refused() => SaslStep.Refused($"Authentication failed during authentication due to invalid credentials with SASL mechanism {mechanism}");

    private static bool TryBase64(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        var is64 = Convert.TryFromBase64String(text, bytes, out var length);
        bytes = bytes[..length];
        return is64;
    }
}
