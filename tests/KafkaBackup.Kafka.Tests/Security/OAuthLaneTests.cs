using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using KafkaBackup.Broker.Security;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Security;

/// <summary>Bearer tokens: from a file, from an endpoint, unsecured; good, expired, forged, and not to be had.</summary>
public sealed class OAuthLaneTests : IDisposable
{
    private const string Secret = "client-secret-77";
    private readonly TestFolder _folder = new();
    private readonly RSA _key = RSA.Create(2048);

    [Fact]
    public async Task An_unsecured_token_comes_in_where_the_broker_takes_such()
    {
        await using var broker = new SecureBroker(new BrokerSecurity { SaslMechanisms = ["OAUTHBEARER"] });
        await broker.ComesInAsync([.. OAuth(), ("enable.sasl.oauthbearer.unsecure.jwt", "true"), ("sasl.oauthbearer.config", "principal=alice lifeSeconds=600")]);
    }

    [Fact]
    public async Task A_token_in_a_file_comes_in_and_is_read_anew_each_time()
    {
        await using var broker = Broker();
        File.WriteAllText(_folder["token"], Token(_key, 3600) + "\n");
        await broker.ComesInAsync(FromFile());
        using var other = RSA.Create(2048);
        File.WriteAllText(_folder["token"], Token(other, 3600));
        var refusal = Assert.IsType<BrokerAuthenticationException>(await broker.IsRefusedAsync(FromFile()));
        Assert.Contains("authentication by OAUTHBEARER failed", refusal.Message);
        Assert.DoesNotContain(File.ReadAllText(_folder["token"]), refusal.ToString());
    }

    [Fact]
    public async Task A_file_with_an_expired_token_or_none_is_told_before_the_broker_is_asked()
    {
        await using var broker = Broker();
        File.WriteAllText(_folder["token"], Token(_key, -60));
        Assert.Contains($"the token in {_folder["token"]} expired at", (await broker.IsRefusedAsync(FromFile())).Message);
        File.WriteAllText(_folder["token"], "");
        Assert.Contains("holds no token", (await broker.IsRefusedAsync(FromFile())).Message);
        File.Delete(_folder["token"]);
        Assert.Contains("can't be read", (await broker.IsRefusedAsync(FromFile())).Message);
    }

    [Fact]
    public async Task Client_credentials_get_a_token_that_comes_in_and_is_kept_for_its_life()
    {
        await using var broker = Broker();
        await using var endpoint = new TokenEndpoint((authorization, form) =>
            authorization == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"backup:{Secret}")) && form == "grant_type=client_credentials&scope=kafka+read"
                ? (200, $$"""{"access_token":"{{Token(_key, 3600)}}","token_type":"Bearer","expires_in":3600}""")
                : (401, """{"error":"invalid_client"}"""));
        (string, string)[] properties = [.. FromEndpoint(endpoint.Url, Secret), ("sasl.oauthbearer.scope", "kafka read")];
        await broker.ReadAsync(properties);
        Assert.Equal(1, endpoint.Asked); // for all connections of one cluster
        await broker.ComesInAsync(properties);
    }

    [Fact]
    public async Task A_wrong_client_secret_is_one_clear_line_without_it()
    {
        await using var broker = Broker();
        // The endpoint repeats what it was sent, as some do.
        await using var endpoint = new TokenEndpoint((_, _) => (401, $$"""{"error":"invalid_client","error_description":"no client has {{Secret}}"}"""));
        var refusal = Assert.IsType<BrokerAuthenticationException>(await broker.IsRefusedAsync(FromEndpoint(endpoint.Url, Secret)));
        Assert.Contains($"{endpoint.Url} answered 401 invalid_client: no client has ***", refusal.Message);
    }

    [Theory]
    [InlineData("not json at all", 200, "answered 200")]
    [InlineData("{}", 200, "answered 200")]
    [InlineData("oops", 500, "answered 500")]
    public async Task An_endpoint_that_gives_no_token_is_named(string body, int status, string words)
    {
        await using var broker = Broker();
        await using var endpoint = new TokenEndpoint((_, _) => (status, body));
        Assert.Contains(words, (await broker.IsRefusedAsync(FromEndpoint(endpoint.Url, Secret))).Message);
    }

    [Fact]
    public async Task An_endpoint_that_is_not_there_is_named()
    {
        await using var broker = Broker();
        Assert.Contains("http://127.0.0.1:1/token can't be asked", (await broker.IsRefusedAsync(FromEndpoint("http://127.0.0.1:1/token?with=a-secret", Secret))).Message);
    }

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }

    private static (string, string)[] OAuth() => [("security.protocol", "sasl_plaintext"), ("sasl.mechanism", "OAUTHBEARER")];

    private static (string, string)[] FromEndpoint(string url, string secret) =>
        [.. OAuth(), ("sasl.oauthbearer.method", "oidc"), ("sasl.oauthbearer.token.endpoint.url", url), ("sasl.oauthbearer.client.id", "backup"), ("sasl.oauthbearer.client.secret", secret)];

    private (string, string)[] FromFile() => [.. OAuth(), ("sasl.oauthbearer.token.endpoint.url", $"file://{_folder["token"]}")];

    private SecureBroker Broker() => new(new BrokerSecurity { SaslMechanisms = ["OAUTHBEARER"], Tokens = new TokenOptions { PublicKey = _key.ExportSubjectPublicKeyInfoPem() } });

    private static string Token(RSA key, int seconds)
    {
        var claims = $$"""{"sub":"alice","exp":{{DateTimeOffset.UtcNow.AddSeconds(seconds).ToUnixTimeSeconds()}}}""";
        var content = $"{Base64Url.EncodeToString("""{"alg":"RS256"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{content}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }
}
