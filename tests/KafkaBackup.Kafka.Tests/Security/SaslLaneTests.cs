using KafkaBackup.Broker.Faults;
using KafkaBackup.Broker.Security;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Security;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Security;

/// <summary>Passwords, right and wrong, and what a listener expects that is not what was set.</summary>
public sealed class SaslLaneTests
{
    [Theory]
    [InlineData("PLAIN", "alice", "alice-secret")]
    [InlineData("SCRAM-SHA-256", "alice", "alice-secret")]
    [InlineData("SCRAM-SHA-512", "alice", "alice-secret")]
    [InlineData("SCRAM-SHA-512", "o'hara, jr=", "pass,word=1")]
    public async Task The_right_password_comes_in(string mechanism, string user, string password)
    {
        await using var broker = new SecureBroker(SecureBroker.Passwords);
        await broker.ComesInAsync(Sasl(mechanism, user, password));
    }

    [Theory]
    [InlineData("PLAIN", "alice", "Invalid username or password")]
    [InlineData("PLAIN", "nobody", "Invalid username or password")]
    [InlineData("SCRAM-SHA-256", "alice", "invalid credentials with SASL mechanism SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-512", "nobody", "invalid credentials with SASL mechanism SCRAM-SHA-512")]
    public async Task A_wrong_password_or_user_is_one_clear_line_and_not_tried_again(string mechanism, string user, string words)
    {
        await using var broker = new SecureBroker(SecureBroker.Passwords);
        var refusal = Assert.IsType<BrokerAuthenticationException>(await broker.IsRefusedAsync(Sasl(mechanism, user, "wrong-secret")));
        Assert.Contains($"authentication by {mechanism} failed", refusal.Message);
        Assert.Contains(words, refusal.Message);
        Assert.Contains("check the credentials", refusal.Message);
        Assert.DoesNotContain("wrong-secret", refusal.ToString());
        Assert.False(refusal.IsTransient);
    }

    [Fact]
    public async Task A_mechanism_that_the_listener_lacks_is_refused_with_those_that_it_has()
    {
        await using var broker = new SecureBroker(SecureBroker.Passwords with { SaslMechanisms = ["SCRAM-SHA-512", "SCRAM-SHA-256"] });
        Assert.Contains("it has SCRAM-SHA-512, SCRAM-SHA-256; set sasl.mechanism", (await broker.IsRefusedAsync(Sasl("PLAIN", "alice", "alice-secret"))).Message);
    }

    [Fact]
    public async Task A_listener_that_expects_another_protocol_is_told_apart()
    {
        await using var secured = new SecureBroker(SecureBroker.Passwords);
        Assert.Contains("is security.protocol=plaintext what its listener expects?", (await secured.IsRefusedAsync()).Message);
        await using var open = new SecureBroker(new BrokerSecurity());
        Assert.Contains("security.protocol", (await open.IsRefusedAsync(Sasl("PLAIN", "alice", "alice-secret"))).Message);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("SCRAM-SHA-512")]
    public async Task TLS_and_SASL_go_together(string mechanism)
    {
        using var folder = new TestFolder();
        using var authority = new TestAuthority(folder.Path);
        var (certificate, key) = authority.Issue("CN=broker");
        await using var broker = new SecureBroker(SecureBroker.Passwords with { Tls = TlsOptions.FromPem(certificate, key, null, ClientCertificates.None) });
        (string, string)[] tls = [("security.protocol", "sasl_ssl"), ("ssl.ca.location", authority.RootFile)];
        await broker.ComesInAsync([.. tls, .. Sasl(mechanism, "alice", "alice-secret").Skip(1)]);
        Assert.IsType<BrokerAuthenticationException>(await broker.IsRefusedAsync([.. tls, .. Sasl(mechanism, "alice", "wrong").Skip(1)]));
    }

    [Fact]
    public async Task A_session_that_ends_is_renewed_before_and_nothing_is_lost()
    {
        await using var broker = new SecureBroker(SecureBroker.Passwords, configs: ("connections.max.reauth.ms", "400"));
        broker.Faults.Delay(ApiKey.SaslHandshake, TimeSpan.FromMilliseconds(1)); // for the count
        await using var cluster = broker.Cluster(Sasl("SCRAM-SHA-256", "alice", "alice-secret"));
        var connection = await cluster.OpenAsync(BrokerAddress.Parse(broker.Address), default);
        await using (connection)
        {
            var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(20);
            var asked = 0;
            while (Handshakes(broker) < 4)
            {
                Assert.True(DateTime.UtcNow < deadline, "the session was not renewed");
                // Several at once: none may come between the messages of a renewal.
                await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
                {
                    using var lease = await connection.SendAsync(new MetadataRequest { Topics = [] }, default);
                    Interlocked.Increment(ref asked);
                }));
                await Task.Delay(20);
            }

            Assert.True(asked > 8);
            Assert.True(connection.IsOpen);
        }
    }

    [Fact]
    public async Task A_session_that_ended_while_nothing_was_asked_is_renewed_by_the_next_who_asks()
    {
        await using var broker = new SecureBroker(SecureBroker.Passwords, configs: ("connections.max.reauth.ms", "150"));
        await using var cluster = broker.Cluster(Sasl("PLAIN", "alice", "alice-secret"));
        var first = await cluster.SharedAsync(BrokerAddress.Parse(broker.Address), default);
        await Task.Delay(400); // the broker would cut whoever asks now
        using var lease = await first.SendAsync(new MetadataRequest { Topics = [] }, default);
        Assert.True(first.IsOpen);
    }

    [Theory]
    [InlineData("sasl_plaintext", "sasl.mechanism is missing")]
    [InlineData("sasl_plaintext", "sasl.username is missing", "sasl.mechanism", "PLAIN")]
    [InlineData("sasl_plaintext", "sasl.password is missing", "sasl.mechanism", "SCRAM-SHA-256", "sasl.username", "alice")]
    [InlineData("sasl_plaintext", "not 'DIGEST-MD5'", "sasl.mechanism", "DIGEST-MD5")]
    [InlineData("sasl_plaintext", "are one, and have two values", "sasl.mechanism", "PLAIN", "sasl.mechanisms", "GSSAPI")]
    [InlineData("plaintext", "sasl.password has no effect under security.protocol=plaintext", "sasl.password", "secret-one")]
    [InlineData("ssl", "sasl.username has no effect", "sasl.username", "alice")]
    [InlineData("sasl_plaintext", "ssl.ca.location has no effect", "ssl.ca.location", "ca.pem")]
    [InlineData("sasl_plaintext", "'sasl.kerberos.kinit.cmd' is not one that can be honoured", "sasl.kerberos.kinit.cmd", "kinit")]
    [InlineData("sasl_plaintext", "sasl.oauthbearer.token.endpoint.url", "sasl.mechanism", "OAUTHBEARER")]
    [InlineData("sasl_plaintext", "sasl.kerberos.principal beside it", "sasl.mechanism", "GSSAPI", "sasl.kerberos.keytab", "some.keytab")]
    public void Properties_that_make_no_sense_together_are_refused_by_name(string protocol, string words, params string[] properties)
    {
        var all = new Dictionary<string, string>(properties.Chunk(2).Select(p => KeyValuePair.Create(p[0], p[1]))) { ["bootstrap.servers"] = "h:1", ["security.protocol"] = protocol };
        var refusal = Assert.Throws<ClusterConfigurationException>(() => new ClusterOptions(all));
        Assert.Contains(words, refusal.Message);
        Assert.DoesNotContain("secret-one", refusal.Message);
    }

    internal static (string, string)[] Sasl(string mechanism, string user, string password) =>
        [("security.protocol", "sasl_plaintext"), ("sasl.mechanism", mechanism), ("sasl.username", user), ("sasl.password", password)];

    private static int Handshakes(SecureBroker broker) => broker.Faults.Injected.GetValueOrDefault((ApiKey.SaslHandshake, FaultKind.Delay));
}
