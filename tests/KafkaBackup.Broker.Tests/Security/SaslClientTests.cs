using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;
using KafkaBackup.Broker.Security;
using KafkaBackup.Broker.Tests.Clients;
using Xunit;

namespace KafkaBackup.Broker.Tests.Security;

/// <summary>Independent clients that say who they are by SASL.</summary>
public sealed class SaslClientTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static readonly BrokerSecurity Passwords = new()
    {
        SaslMechanisms = ["PLAIN", "SCRAM-SHA-512", "SCRAM-SHA-256"],
        Users = [new BrokerUser("alice", "alice-secret"), new BrokerUser("o'hara, jr=", "pass,word=1")],
    };

    [Theory]
    [InlineData(SaslMechanism.Plain, "alice", "alice-secret")]
    [InlineData(SaslMechanism.ScramSha256, "alice", "alice-secret")]
    [InlineData(SaslMechanism.ScramSha512, "alice", "alice-secret")]
    [InlineData(SaslMechanism.ScramSha512, "o'hara, jr=", "pass,word=1")]
    public async Task Confluent_Kafka_comes_in_by_password(SaslMechanism mechanism, string user, string password)
    {
        await using var broker = TestBroker.Start(o => o with { Security = Passwords });
        await RoundTripAsync(broker, c => Sasl(c, mechanism, user, password));
    }

    [Theory]
    [InlineData(SaslMechanism.Plain, "alice", "Authentication failed: Invalid username or password")]
    [InlineData(SaslMechanism.Plain, "nobody", "Authentication failed: Invalid username or password")]
    [InlineData(SaslMechanism.ScramSha256, "alice", "invalid credentials with SASL mechanism SCRAM-SHA-256")]
    [InlineData(SaslMechanism.ScramSha512, "nobody", "invalid credentials with SASL mechanism SCRAM-SHA-512")]
    public async Task A_wrong_password_or_user_is_refused_in_Kafkas_words(SaslMechanism mechanism, string user, string words)
    {
        await using var broker = TestBroker.Start(o => o with { Security = Passwords });
        Assert.Contains(words, await RefusalAsync(broker, c => Sasl(c, mechanism, user, "wrong")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mechanism_that_the_listener_lacks_is_refused_by_name()
    {
        await using var broker = TestBroker.Start(o => o with { Security = Passwords with { SaslMechanisms = ["SCRAM-SHA-512"] } });
        var refusal = await RefusalAsync(broker, c => Sasl(c, SaslMechanism.Plain, "alice", "alice-secret"));
        Assert.Contains("PLAIN", refusal, StringComparison.Ordinal);
        Assert.Contains("SCRAM-SHA-512", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kafkas_own_unsecured_tokens_are_good_until_they_end()
    {
        await using var broker = TestBroker.Start(o => o with { Security = new BrokerSecurity { SaslMechanisms = ["OAUTHBEARER"] } });
        await RoundTripAsync(broker, c =>
        {
            (c.SecurityProtocol, c.SaslMechanism) = (SecurityProtocol.SaslPlaintext, SaslMechanism.OAuthBearer);
            c.EnableSaslOauthbearerUnsecureJwt = true;
            c.SaslOauthbearerConfig = "principal=alice lifeSeconds=3600";
        });
    }

    [Theory]
    [InlineData(3600, true, true)]
    [InlineData(-60, true, false)]
    [InlineData(3600, false, false)]
    public async Task A_signed_token_is_held_against_its_key_and_its_end(int seconds, bool rightKey, bool good)
    {
        using var key = RSA.Create(2048);
        using var other = RSA.Create(2048);
        var security = new BrokerSecurity { SaslMechanisms = ["OAUTHBEARER"], Tokens = new TokenOptions { PublicKey = key.ExportSubjectPublicKeyInfoPem() } };
        await using var broker = TestBroker.Start(o => o with { Security = security });
        var token = Token(rightKey ? key : other, "alice", DateTimeOffset.UtcNow.AddSeconds(seconds));
        void Configure(ClientConfig c) => (c.SecurityProtocol, c.SaslMechanism) = (SecurityProtocol.SaslPlaintext, SaslMechanism.OAuthBearer);
        // librdkafka judges the lifetime that it is told itself, so it is told a good one.
        using var admin = new AdminClientBuilder(Config(broker, Configure))
            .SetOAuthBearerTokenRefreshHandler((client, _) => client.OAuthBearerSetToken(token, DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds(), "alice"))
            .SetLogHandler((_, _) => { })
            .Build();
        if (good)
            Assert.Single(admin.GetMetadata(Limit).Brokers);
        else
            Assert.Throws<KafkaException>(() => admin.GetMetadata(TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [InlineData("PLAIN", "alice-secret", true)]
    [InlineData("SCRAM-SHA-256", "alice-secret", true)]
    [InlineData("SCRAM-SHA-512", "alice-secret", true)]
    [InlineData("SCRAM-SHA-512", "wrong", false)]
    public async Task Kcat_comes_in_by_the_right_password_alone(string mechanism, string password, bool good)
    {
        await using var broker = TestBroker.Start(o => o with { Security = Passwords });
        string[] sasl = ["security.protocol=SASL_PLAINTEXT", $"sasl.mechanisms={mechanism}", "sasl.username=alice", $"sasl.password={password}"];
        var listing = Tool.RunAsync("kcat", ["-b", broker.Bootstrap, "-L", "-m", good ? "10" : "1", .. sasl.SelectMany(s => new[] { "-X", s })]);
        if (good)
            Assert.Contains("1 brokers", await listing, StringComparison.Ordinal);
        else
            await Assert.ThrowsAsync<InvalidOperationException>(() => listing);
    }

    [Theory]
    [InlineData("PLAIN", "alice-secret", "in")]
    [InlineData("PLAIN", "wrong", "out")]
    [InlineData("SCRAM-SHA-256", "alice-secret", "in")]
    [InlineData("SCRAM-SHA-512", "alice-secret", "in")]
    [InlineData("SCRAM-SHA-512", "wrong", "out")]
    public async Task Kafka_python_comes_in_with_bare_tokens(string mechanism, string password, string expected)
    {
        const string Script = """
            import sys
            from kafka import KafkaConsumer
            from kafka.errors import KafkaError
            try:
                consumer = KafkaConsumer(bootstrap_servers=sys.argv[1], security_protocol='SASL_PLAINTEXT', sasl_mechanism=sys.argv[2],
                    sasl_plain_username='alice', sasl_plain_password=sys.argv[3], api_version_auto_timeout_ms=3000)
                consumer.topics()
                print('in')
            except KafkaError:
                print('out')
            """;
        await using var broker = TestBroker.Start(o => o with { Security = Passwords });
        Assert.Equal(expected + "\n", await Tool.RunAsync("/usr/bin/python3", ["-c", Script, broker.Bootstrap, mechanism, password]));
    }

    [Fact]
    public async Task A_client_that_has_to_say_again_who_it_is_does_so_and_misses_nothing()
    {
        await using var broker = TestBroker.Start(o => o with
        {
            Security = Passwords,
            Configs = new Dictionary<string, string> { ["connections.max.reauth.ms"] = "1200" },
        });
        using var producer = broker.Producer(c => Sasl(c, SaslMechanism.ScramSha256, "alice", "alice-secret"));
        broker.Faults.Delay(Protocol.Messages.ApiKey.SaslHandshake, TimeSpan.FromMilliseconds(1));
        var sent = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                await producer.ProduceAsync("t", new Message<byte[]?, byte[]?> { Value = [1] }).WaitAsync(Limit);
                sent++;
                return broker.Faults.Injected.GetValueOrDefault((Protocol.Messages.ApiKey.SaslHandshake, Broker.Faults.FaultKind.Delay)) >= 4;
            },
            "four handshakes");
        using var consumer = broker.Consumer(c => Sasl(c, SaslMechanism.Plain, "alice", "alice-secret"));
        Assert.Equal(sent, consumer.QueryWatermarkOffsets(new TopicPartition("t", 0), Limit).High.Value);
    }

    private static async Task RoundTripAsync(TestBroker broker, Action<ClientConfig> configure)
    {
        using (var producer = broker.Producer(configure))
            await producer.ProduceAsync("t", new Message<byte[]?, byte[]?> { Value = "x"u8.ToArray() }).WaitAsync(Limit);
        using var consumer = broker.Consumer(configure);
        consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Beginning));
        Assert.Equal("x"u8.ToArray(), consumer.Consume(Limit).Message.Value);
    }

    private static async Task<string> RefusalAsync(TestBroker broker, Action<ClientConfig> configure)
    {
        var refusal = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var admin = new AdminClientBuilder(Config(broker, configure))
            .SetErrorHandler((_, error) =>
            {
                if (error.Code == ErrorCode.Local_Authentication)
                    refusal.TrySetResult(error.Reason);
            })
            .SetLogHandler((_, _) => { })
            .Build();
        return await refusal.Task.WaitAsync(Limit);
    }

    private static AdminClientConfig Config(TestBroker broker, Action<ClientConfig> configure)
    {
        var config = new AdminClientConfig { BootstrapServers = broker.Bootstrap };
        configure(config);
        return config;
    }

    private static void Sasl(ClientConfig config, SaslMechanism mechanism, string user, string password)
    {
        config.SecurityProtocol = SecurityProtocol.SaslPlaintext;
        (config.SaslMechanism, config.SaslUsername, config.SaslPassword) = (mechanism, user, password);
    }

    private static string Token(RSA key, string subject, DateTimeOffset expires)
    {
        var content = $"{Base64Url.EncodeToString("""{"alg":"RS256"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"sub":"{{subject}}","exp":{{expires.ToUnixTimeSeconds()}}}"""))}";
        return $"{content}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }
}
