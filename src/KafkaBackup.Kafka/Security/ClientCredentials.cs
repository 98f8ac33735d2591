using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace KafkaBackup.Kafka.Security;

/// <summary>Asks a token endpoint with client id and secret, and keeps the token for most of its life. Source: RFC 6749, 4.4.</summary>
internal sealed class ClientCredentials(
    Uri endpoint, string id, string secret, string? scope, X509Certificate2Collection? authorities, IReadOnlyDictionary<string, string> extensions, TimeProvider time) : IAccessTokens
{
    /// <summary>An endpoint's answer is small; more is none.</summary>
    private const int MostBytes = 1 << 20;

    private const double RenewAfter = 0.8;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _asking = new(1, 1);
    private AccessToken? _token;
    private DateTimeOffset _renewAt;

    public async ValueTask<AccessToken> GetAsync(CancellationToken cancellation)
    {
        await _asking.WaitAsync(cancellation);
        try
        {
            if (_token is { } kept && time.GetUtcNow() < _renewAt)
                return kept;
            var now = time.GetUtcNow();
            var answer = await AskAsync(cancellation);
            var (principal, expires) = AccessToken.Claims(answer.Token!);
            var end = answer.ExpiresIn is { } seconds ? now.AddSeconds(Math.Clamp(seconds, 0, int.MaxValue)) : expires ?? now;
            _renewAt = now + ((end - now) * RenewAfter);
            return _token = new AccessToken(answer.Token!, principal ?? id, end, extensions);
        }
        finally
        {
            _asking.Release();
        }
    }

    private async Task<TokenAnswer> AskAsync(CancellationToken cancellation)
    {
        using var client = new HttpClient(Handler()) { Timeout = Timeout, MaxResponseContentBufferSize = MostBytes };
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new FormUrlEncodedContent(Form()) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}")));
        try
        {
            using var response = await client.SendAsync(request, cancellation);
            var answer = Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
            return response.IsSuccessStatusCode && answer?.Token is { Length: > 0 }
                ? answer
                : throw new SaslException($"the token endpoint {Address} answered {(int)response.StatusCode}{(answer?.Error is { } error ? $" {error}" : "")}{(answer?.Description is { } text ? $": {text}" : "")}");
        }
        catch (HttpRequestException e)
        {
            throw new SaslException($"the token endpoint {Address} can't be asked: {(e.InnerException ?? e).Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new SaslException($"the token endpoint {Address} did not answer within {Timeout.TotalSeconds:0} s", e);
        }
    }

    /// <summary>Without what may be secret in it.</summary>
    private string Address => endpoint.GetLeftPart(UriPartial.Path);

    private static TokenAnswer? Parse(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, TokenJson.Default.TokenAnswer);
        }
        catch (JsonException)
        {
            return null; // the status tells
        }
    }

    private IEnumerable<KeyValuePair<string, string>> Form()
    {
        yield return new("grant_type", "client_credentials");
        if (scope is not null)
            yield return new("scope", scope);
    }

    private SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        if (authorities is not null)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return handler;
    }
}
