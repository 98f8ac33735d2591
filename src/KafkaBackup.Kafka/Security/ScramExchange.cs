using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KafkaBackup.Kafka.Security;

/// <summary>The hash that a SCRAM mechanism is built on.</summary>
/// <param name="Name">The hash.</param>
/// <param name="Size">Its length, in bytes.</param>
internal sealed record ScramHash(HashAlgorithmName Name, int Size)
{
    public static ScramHash Of(string mechanism) => mechanism == "SCRAM-SHA-256" ? new(HashAlgorithmName.SHA256, 32) : new(HashAlgorithmName.SHA512, 64);

    public byte[] Mac(byte[] key, string text) => CryptographicOperations.HmacData(Name, key, Encoding.UTF8.GetBytes(text));

    public byte[] Hash(byte[] bytes) => CryptographicOperations.HashData(Name, bytes);

    public byte[] Salted(string password, byte[] salt, int iterations) => Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, Name, Size);
}

/// <summary>Proves the knowledge of a password without telling it, and has the server prove the same. Source: RFC 5802, RFC 7677.</summary>
internal sealed class ScramExchange(ScramHash hash, string user, string password, string nonce) : ISaslExchange
{
    private const int LeastIterations = 4096;

    /// <summary>More would be a way to keep a client busy.</summary>
    private const int MostIterations = 10_000_000;

    private string _clientFirst = "";
    private byte[] _serverSignature = [];
    private int _step;

    public static string NewNonce() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public ValueTask<byte[]?> NextAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancellation)
    {
        var said = Encoding.UTF8.GetString(challenge.Span);
        switch (_step++)
        {
            case 0:
                _clientFirst = $"n={user.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal)},r={nonce}";
                return new(Encoding.UTF8.GetBytes("n,," + _clientFirst));
            case 1:
                return new(Encoding.UTF8.GetBytes(Prove(said)));
            default:
                Verify(said);
                return new((byte[]?)null);
        }
    }

    public void Dispose()
    {
    }

    private string Prove(string serverFirst)
    {
        var fields = Fields(serverFirst);
        if (!fields.TryGetValue('r', out var joint) || !joint.StartsWith(nonce, StringComparison.Ordinal) || joint.Length == nonce.Length)
            throw new SaslException("the server's nonce does not continue ours");
        if (!fields.TryGetValue('i', out var count) || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < LeastIterations or > MostIterations)
            throw new SaslException($"the server's iteration count is not between {LeastIterations} and {MostIterations}");
        var salted = hash.Salted(password, Base64(fields, 's'), iterations);
        var clientFinal = $"c=biws,r={joint}";
        var authenticated = $"{_clientFirst},{serverFirst},{clientFinal}";
        var clientKey = hash.Mac(salted, "Client Key");
        var proof = hash.Mac(hash.Hash(clientKey), authenticated);
        for (var i = 0; i < proof.Length; i++)
            proof[i] ^= clientKey[i];
        _serverSignature = hash.Mac(hash.Mac(salted, "Server Key"), authenticated);
        return $"{clientFinal},p={Convert.ToBase64String(proof)}";
    }

    private void Verify(string serverFinal)
    {
        var fields = Fields(serverFinal);
        if (fields.TryGetValue('e', out var error))
            throw new SaslException($"the server says: {error}");
        if (!CryptographicOperations.FixedTimeEquals(Base64(fields, 'v'), _serverSignature))
            throw new SaslException("the server did not prove that it knows the password: it is not the one that it should be");
    }

    private static byte[] Base64(Dictionary<char, string> fields, char name)
    {
        var bytes = new byte[fields.TryGetValue(name, out var text) ? text.Length : 0];
        return text is { Length: > 0 } && Convert.TryFromBase64String(text, bytes, out var length)
            ? bytes[..length]
            : throw new SaslException($"the server's message lacks '{name}'");
    }

    private static Dictionary<char, string> Fields(string message)
    {
        var fields = new Dictionary<char, string>();
        foreach (var field in message.Split(','))
        {
            if (field.Length > 1 && field[1] == '=')
                fields.TryAdd(field[0], field[2..]);
        }

        return fields;
    }
}
