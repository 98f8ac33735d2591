using Confluent.Kafka;
using KafkaBackup.Broker.Security;
using KafkaBackup.Broker.Tests.Clients;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Security;
using Xunit;

namespace KafkaBackup.Broker.Tests.Security;

/// <summary>TLS listeners, with clients that show a certificate and such that don't.</summary>
public sealed class TlsTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TestFolder _folder = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _stranger;

    public TlsTests() => (_authority, _stranger) = (new TestAuthority(_folder.Path), new TestAuthority(_folder.Path, "Stranger"));

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Records_travel_over_TLS()
    {
        await using var broker = Start(ClientCertificates.None);
        using (var producer = broker.Producer(Trusting))
            await producer.ProduceAsync("t", new Message<byte[]?, byte[]?> { Value = new byte[200_000] }).WaitAsync(Limit);
        using var consumer = broker.Consumer(Trusting);
        consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Beginning));
        Assert.Equal(200_000, consumer.Consume(Limit).Message.Value!.Length);
    }

    [Fact]
    public async Task Kafka_python_speaks_TLS_too()
    {
        await using var broker = Start(ClientCertificates.None);
        const string Script = """
            import sys
            from kafka import KafkaProducer
            p = KafkaProducer(bootstrap_servers=sys.argv[1], security_protocol='SSL', ssl_cafile=sys.argv[2])
            print(p.send('t', b'x').get(timeout=10).offset)
            """;
        Assert.Equal("0\n", await Tool.RunAsync("/usr/bin/python3", ["-c", Script, broker.Bootstrap, _authority.RootFile]));
    }

    [Theory]
    [InlineData(ClientCertificates.Required, "good", true)]
    [InlineData(ClientCertificates.Required, "none", false)]
    [InlineData(ClientCertificates.Required, "foreign", false)]
    [InlineData(ClientCertificates.Required, "expired", false)]
    [InlineData(ClientCertificates.Requested, "good", true)]
    [InlineData(ClientCertificates.Requested, "none", true)]
    [InlineData(ClientCertificates.Requested, "foreign", false)]
    public async Task A_client_shows_a_good_certificate_where_it_has_to(ClientCertificates clients, string shown, bool comesIn)
    {
        await using var broker = Start(clients);
        using var admin = new AdminClientBuilder(Config(broker, shown)).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        if (comesIn)
            Assert.Single(admin.GetMetadata(Limit).Brokers);
        else
            Assert.Throws<KafkaException>(() => admin.GetMetadata(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_client_that_does_not_speak_TLS_is_sent_away_and_others_come_in()
    {
        await using var broker = Start(ClientCertificates.None);
        using var plain = await broker.ConnectAsync();
        await plain.SendAsync(new Protocol.Messages.ApiVersionsRequest());
        Assert.Null(await plain.ReceiveFrameAsync());
        using var admin = new AdminClientBuilder(Config(broker, "none")).Build();
        Assert.Single(admin.GetMetadata(Limit).Brokers);
    }

    [Fact]
    public async Task TLS_and_SASL_go_together()
    {
        await using var broker = Start(ClientCertificates.None, s => s with { SaslMechanisms = ["SCRAM-SHA-512"], Users = [new BrokerUser("alice", "a")] });
        using var producer = broker.Producer(c =>
        {
            Trusting(c);
            (c.SecurityProtocol, c.SaslMechanism, c.SaslUsername, c.SaslPassword) = (SecurityProtocol.SaslSsl, SaslMechanism.ScramSha512, "alice", "a");
        });
        Assert.Equal(0, (await producer.ProduceAsync("t", new Message<byte[]?, byte[]?> { Value = [1] }).WaitAsync(Limit)).Offset.Value);
    }

    private TestBroker Start(ClientCertificates clients, Func<BrokerSecurity, BrokerSecurity>? change = null)
    {
        var (certificate, key) = _authority.Issue("CN=broker");
        var security = new BrokerSecurity { Tls = TlsOptions.FromPem(certificate, key, _authority.RootFile, clients) };
        return TestBroker.Start(o => o with { Security = change?.Invoke(security) ?? security });
    }

    private AdminClientConfig Config(TestBroker broker, string shown)
    {
        var config = new AdminClientConfig { BootstrapServers = broker.Bootstrap };
        Trusting(config);
        if (shown != "none")
            (config.SslCertificateLocation, config.SslKeyLocation) = (shown == "foreign" ? _stranger : _authority).Issue("CN=alice,O=Test", expired: shown == "expired");
        return config;
    }

    private void Trusting(ClientConfig config) => (config.SecurityProtocol, config.SslCaLocation) = (SecurityProtocol.Ssl, _authority.RootFile);
}
