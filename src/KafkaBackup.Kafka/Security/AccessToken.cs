using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KafkaBackup.Kafka.Security;

/// <summary>A bearer token.</summary>
/// <param name="Value">The token: a secret.</param>
/// <param name="Principal">Whom it stands for.</param>
/// <param name="Expires">When it ends.</param>
/// <param name="Extensions">What goes to the broker beside it.</param>
internal sealed record AccessToken(string Value, string Principal, DateTimeOffset Expires, IReadOnlyDictionary<string, string> Extensions)
{
    /// <summary>Leaves the secret out.</summary>
    public override string ToString() => $"{nameof(AccessToken)} {{ {Principal}, until {Expires:O} }}";

    /// <summary>Subject and end as a JSON web token tells them; nothing of what is no such token. Nobody here checks its signature: the broker does.</summary>
    public static (string? Principal, DateTimeOffset? Expires) Claims(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3)
            return (null, null);
        try
        {
            var text = parts[1].Replace('-', '+').Replace('_', '/');
            var claims = JsonSerializer.Deserialize(Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '=')), TokenJson.Default.TokenClaims);
            return (claims?.Subject, claims?.Expires is { } end ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(end, 0, 253_402_300_799)) : null);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return (null, null);
        }
    }

    /// <summary>A token that nothing vouches for, as development brokers take them.</summary>
    public static string Unsecured(string principal, DateTimeOffset now, DateTimeOffset expires)
    {
        static string Part(byte[] json) => Convert.ToBase64String(json).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var claims = new TokenClaims { Subject = principal, Issued = now.ToUnixTimeSeconds(), Expires = expires.ToUnixTimeSeconds() };
        return $"{Part(Encoding.UTF8.GetBytes("""{"alg":"none"}"""))}.{Part(JsonSerializer.SerializeToUtf8Bytes(claims, TokenJson.Default.TokenClaims))}.";
    }
}

/// <summary>What is read and written of a JSON web token.</summary>
internal sealed record TokenClaims
{
    [JsonPropertyName("sub")]
    public string? Subject { get; init; }

    [JsonPropertyName("iat")]
    public double? Issued { get; init; }

    [JsonPropertyName("exp")]
    public double? Expires { get; init; }
}

/// <summary>What a token endpoint answers. Source: RFC 6749, 5.1 and 5.2.</summary>
internal sealed record TokenAnswer
{
    [JsonPropertyName("access_token")]
    public string? Token { get; init; }

    [JsonPropertyName("expires_in")]
    public double? ExpiresIn { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("error_description")]
    public string? Description { get; init; }
}

[JsonSerializable(typeof(TokenClaims))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class TokenJson : JsonSerializerContext;
