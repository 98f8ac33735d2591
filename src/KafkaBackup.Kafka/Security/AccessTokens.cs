using System.Globalization;
using KafkaBackup.Kafka.Connections;

namespace KafkaBackup.Kafka.Security;

/// <summary>Where access tokens come from.</summary>
internal interface IAccessTokens
{
    /// <summary>A token that is valid now.</summary>
    /// <exception cref="SaslException">There is none to be had.</exception>
    ValueTask<AccessToken> GetAsync(CancellationToken cancellation);
}

/// <summary>The sources of tokens that librdkafka's properties describe.</summary>
internal static class AccessTokens
{
    private const string FileScheme = "file://";

    public static IAccessTokens Read(PropertyReader properties)
    {
        var extensions = Pairs(properties.Text("sasl.oauthbearer.extensions"), ',', "sasl.oauthbearer.extensions");
        var url = properties.Text("sasl.oauthbearer.token.endpoint.url");
        if (properties.Flag("enable.sasl.oauthbearer.unsecure.jwt", false))
            return Unsecured(properties, extensions);
        if (url is null)
            throw new ClusterConfigurationException("OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url: https://... for client credentials, file:///PATH for a file that holds the token");
        if (url.StartsWith(FileScheme, StringComparison.Ordinal))
            return new TokenFile(url[FileScheme.Length..], extensions, TimeProvider.System);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
            throw new ClusterConfigurationException("sasl.oauthbearer.token.endpoint.url is http(s)://... or file:///PATH");
        var method = properties.Text("sasl.oauthbearer.method", "default");
        if (method != "oidc")
            throw new ClusterConfigurationException($"sasl.oauthbearer.method is oidc where tokens come from an endpoint, not '{method}'");
        return new ClientCredentials(
            endpoint,
            properties.Need("sasl.oauthbearer.client.id", "the token endpoint asks for it"),
            properties.Need("sasl.oauthbearer.client.secret", "the token endpoint asks for it"),
            properties.Text("sasl.oauthbearer.scope"),
            CertificateFiles.Authorities(properties, "https.ca.location", "https.ca.pem"),
            extensions,
            TimeProvider.System);
    }

    private static UnsecuredTokens Unsecured(PropertyReader properties, Dictionary<string, string> extensions)
    {
        const string Name = "sasl.oauthbearer.config";
        var config = Pairs(properties.Text(Name), ' ', Name);
        if (config.Keys.FirstOrDefault(key => key is not ("principal" or "lifeSeconds")) is { } unknown)
            throw new ClusterConfigurationException($"{Name} takes principal and lifeSeconds, not '{unknown}'");
        var life = config.GetValueOrDefault("lifeSeconds", "3600");
        return int.TryParse(life, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? new UnsecuredTokens(
                config.GetValueOrDefault("principal") ?? throw new ClusterConfigurationException($"{Name} lacks principal=NAME"), TimeSpan.FromSeconds(seconds), extensions, TimeProvider.System)
            : throw new ClusterConfigurationException($"{Name}: lifeSeconds is a number above 0");
    }

    private static Dictionary<string, string> Pairs(string? text, char separator, string property)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in (text ?? "").Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
                throw new ClusterConfigurationException($"{property} takes KEY=VALUE");
            pairs[pair[..at]] = pair[(at + 1)..];
        }

        return pairs;
    }

    private sealed class UnsecuredTokens(string principal, TimeSpan life, IReadOnlyDictionary<string, string> extensions, TimeProvider time) : IAccessTokens
    {
        public ValueTask<AccessToken> GetAsync(CancellationToken cancellation)
        {
            var now = time.GetUtcNow();
            return new(new AccessToken(AccessToken.Unsecured(principal, now, now + life), principal, now + life, extensions));
        }
    }
}

/// <summary>A file that somebody keeps a fresh token in; read each time one is needed.</summary>
internal sealed class TokenFile(string path, IReadOnlyDictionary<string, string> extensions, TimeProvider time) : IAccessTokens
{
    private static readonly TimeSpan LifeWhereUnknown = TimeSpan.FromMinutes(5);

    public async ValueTask<AccessToken> GetAsync(CancellationToken cancellation)
    {
        string token;
        try
        {
            token = (await File.ReadAllTextAsync(path, cancellation)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SaslException($"the token file {path} can't be read", e);
        }

        if (token.Length == 0 || token.Any(char.IsWhiteSpace))
            throw new SaslException($"the token file {path} holds no token");
        var (principal, expires) = AccessToken.Claims(token);
        return expires < time.GetUtcNow()
            ? throw new SaslException($"the token in {path} expired at {expires:u}")
            : new AccessToken(token, principal ?? "token", expires ?? time.GetUtcNow() + LifeWhereUnknown, extensions);
    }
}
