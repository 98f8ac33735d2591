using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace KafkaBackup.Broker.Security;

/// <summary>A JSON web token: who it is for and until when. Source: RFC 7515 and RFC 7519.</summary>
internal sealed record BearerToken(string User, long ExpiresAtMs)
{
    /// <summary>Null: the token is not good.</summary>
    public static BearerToken? Read(string token, TokenOptions options, long nowMs)
    {
        try
        {
            if (token.Split('.') is not [var header, var payload, var signature])
                return null;
            using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(header));
            var algorithm = head.RootElement.GetProperty("alg").GetString();
            if (!IsSigned(algorithm, $"{header}.{payload}", Base64Url.DecodeFromChars(signature), options.PublicKey))
                return null;
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            var expires = (long)(claims.RootElement.GetProperty("exp").GetDouble() * 1000);
            var user = claims.RootElement.GetProperty(options.PrincipalClaim).GetString();
            return string.IsNullOrEmpty(user) || expires <= nowMs ? null : new BearerToken(user, expires);
        }
        catch (Exception e) when (e is FormatException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsSigned(string? algorithm, string content, byte[] signature, string? publicKey)
    {
        if (publicKey is null)
            return algorithm == "none" && signature.Length == 0;
        if (algorithm != "RS256")
            return false;
        using var rsa = RSA.Create();
        rsa.ImportFromPem(publicKey);
        return rsa.VerifyData(Encoding.ASCII.GetBytes(content), signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }
}
