using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KafkaBackup.Broker.Security;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Security;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Security;

/// <summary>TLS with certificates that are right, foreign, expired, for another host, and missing.</summary>
public sealed class TlsLaneTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _stranger;

    public TlsLaneTests()
    {
        _authority = new TestAuthority(_folder.Path);
        _stranger = new TestAuthority(_folder.Path, "Somebody else");
    }

    private (string, string) Ssl => ("security.protocol", "ssl");

    private (string, string) Trusted => ("ssl.ca.location", _authority.RootFile);

    [Fact]
    public async Task A_broker_that_the_authority_signed_is_trusted()
    {
        await using var broker = Broker();
        await broker.ComesInAsync(Ssl, Trusted);
        await broker.ReadAsync(Ssl, ("ssl.ca.pem", File.ReadAllText(_authority.RootFile)));
        await broker.ReadAsync(("security.protocol", "SSL"), Trusted);
    }

    [Fact]
    public async Task A_broker_that_somebody_else_signed_is_not()
    {
        await using var broker = Broker();
        var refusal = Assert.IsType<BrokerAuthenticationException>(await broker.IsRefusedAsync(Ssl, ("ssl.ca.location", _stranger.RootFile)));
        Assert.Contains("no authority of ssl.ca.location has signed it", refusal.Message);
        Assert.Contains("CN=broker", refusal.Message);
        Assert.False(refusal.IsTransient);
        Assert.Contains("no authority of this machine", (await broker.IsRefusedAsync(Ssl)).Message);
    }

    [Fact]
    public async Task Nobody_is_asked_to_be_known_where_verification_is_off()
    {
        await using var broker = Broker();
        await broker.ReadAsync(Ssl, ("enable.ssl.certificate.verification", "false"));
    }

    [Fact]
    public async Task A_broker_whose_certificate_has_expired_is_refused_with_its_dates()
    {
        await using var broker = Broker(expired: true);
        var refusal = Assert.IsType<BrokerAuthenticationException>(await broker.IsRefusedAsync(Ssl, Trusted));
        Assert.Contains("not valid at this time", refusal.Message);
        Assert.Contains(DateTime.UtcNow.AddDays(-1).ToString("yyyy-MM-dd"), refusal.Message);
    }

    [Fact]
    public async Task A_certificate_for_another_host_is_refused_unless_the_host_does_not_count()
    {
        await using var broker = Broker(host: "127.0.0.2");
        var refusal = Assert.IsType<BrokerAuthenticationException>(await broker.IsRefusedAsync(Ssl, Trusted));
        Assert.Contains("is not for 127.0.0.2", refusal.Message);
        await broker.ReadAsync(Ssl, Trusted, ("ssl.endpoint.identification.algorithm", "none"));
    }

    [Fact]
    public async Task A_listener_without_TLS_is_told_apart_and_so_is_one_with()
    {
        await using var plain = new SecureBroker(new BrokerSecurity());
        Assert.Contains("does the listener there speak TLS", (await plain.IsRefusedAsync(Ssl, Trusted)).Message);
        await using var secured = Broker();
        Assert.Contains("is security.protocol=plaintext what its listener expects?", (await secured.IsRefusedAsync()).Message);
    }

    [Fact]
    public async Task Where_the_broker_asks_for_a_certificate_the_right_one_comes_in()
    {
        await using var broker = Broker(ClientCertificates.Required);
        var (certificate, key) = _authority.Issue("CN=alice,O=Test");
        await broker.ComesInAsync(Ssl, Trusted, ("ssl.certificate.location", certificate), ("ssl.key.location", key));
        await broker.ReadAsync(Ssl, Trusted, ("ssl.certificate.pem", File.ReadAllText(certificate)), ("ssl.key.pem", File.ReadAllText(key)));
    }

    [Fact]
    public async Task An_encrypted_key_and_a_keystore_come_in_as_well()
    {
        await using var broker = Broker(ClientCertificates.Required);
        var (certificate, key) = _authority.Issue("CN=alice,O=Test");
        using var rsa = RSA.Create();
        rsa.ImportFromPem(File.ReadAllText(key));
        File.WriteAllText(_folder["locked.key"], rsa.ExportEncryptedPkcs8PrivateKeyPem("key-secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2_000)));
        await broker.ComesInAsync(Ssl, Trusted, ("ssl.certificate.location", certificate), ("ssl.key.location", _folder["locked.key"]), ("ssl.key.password", "key-secret"));
        using var own = X509Certificate2.CreateFromPemFile(certificate, key);
        File.WriteAllBytes(_folder["store.p12"], own.Export(X509ContentType.Pkcs12, "store-secret"));
        await broker.ReadAsync(Ssl, Trusted, ("ssl.keystore.location", _folder["store.p12"]), ("ssl.keystore.password", "store-secret"));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("foreign")]
    [InlineData("expired")]
    public async Task A_missing_foreign_or_expired_certificate_is_refused_with_a_hint(string shown)
    {
        await using var broker = Broker(ClientCertificates.Required);
        (string, string)[] identity = [];
        if (shown != "none")
        {
            var (certificate, key) = (shown == "foreign" ? _stranger : _authority).Issue("CN=alice", expired: shown == "expired");
            identity = [("ssl.certificate.location", certificate), ("ssl.key.location", key)];
        }

        var refusal = await broker.IsRefusedAsync([Ssl, Trusted, .. identity]);
        Assert.Contains("client certificate", refusal.Message);
    }

    [Theory]
    [InlineData("ssl.ca.location", "there is no such file")]
    [InlineData("ssl.keystore.location", "there is no such file")]
    public void A_file_that_is_not_there_is_named_by_its_property(string property, string reason)
    {
        var refusal = Refusal((property, _folder["nothing"]));
        Assert.Contains(property, refusal.Message);
        Assert.Contains(reason, refusal.Message);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused_before_anything_is_asked()
    {
        var (certificate, key) = _authority.Issue("CN=alice");
        var (_, other) = _authority.Issue("CN=bob");
        Assert.Contains("without ssl.key.location", Refusal(("ssl.certificate.location", certificate)).Message);
        Assert.Contains("without ssl.certificate.location", Refusal(("ssl.key.location", key)).Message);
        Assert.Contains("does not hold what it should", Refusal(("ssl.certificate.location", certificate), ("ssl.key.location", other)).Message);
        Assert.Contains("holds no certificate", Refusal(("ssl.ca.location", key)).Message);
        Assert.Contains("https or none", Refusal(("ssl.endpoint.identification.algorithm", "maybe")).Message);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
        _folder.Dispose();
    }

    private static ClusterConfigurationException Refusal(params (string Name, string Value)[] properties) => Assert.Throws<ClusterConfigurationException>(() =>
        new ClusterOptions(new Dictionary<string, string>(properties.Select(p => KeyValuePair.Create(p.Name, p.Value))) { ["bootstrap.servers"] = "h:1", ["security.protocol"] = "ssl" }));

    private SecureBroker Broker(ClientCertificates clients = ClientCertificates.None, bool expired = false, string host = "127.0.0.1")
    {
        var (certificate, key) = _authority.Issue("CN=broker", expired);
        return new SecureBroker(new BrokerSecurity { Tls = TlsOptions.FromPem(certificate, key, _authority.RootFile, clients) }, host);
    }
}
