using System.Security.Cryptography;
using System.Text;

namespace KafkaBackup.Broker.Security;

/// <summary>What a server keeps of a password: nothing that lets anybody in elsewhere. Source: RFC 5802, section 3.</summary>
internal sealed record ScramCredential(byte[] Salt, int Iterations, byte[] StoredKey, byte[] ServerKey)
{
    private const int DefaultIterations = 4096;

    public static ScramCredential Of(string password, HashAlgorithmName hash)
    {
        var salt = RandomNumberGenerator.GetBytes(24);
        var length = hash == HashAlgorithmName.SHA512 ? SHA512.HashSizeInBytes : SHA256.HashSizeInBytes;
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, DefaultIterations, hash, length);
        return new ScramCredential(salt, DefaultIterations, Hash(hash, Sign(hash, salted, "Client Key")), Sign(hash, salted, "Server Key"));
    }

    public static byte[] Sign(HashAlgorithmName hash, byte[] key, string text) => CryptographicOperations.HmacData(hash, key, Encoding.UTF8.GetBytes(text));

    public static byte[] Hash(HashAlgorithmName hash, byte[] data) => CryptographicOperations.HashData(hash, data);
}
