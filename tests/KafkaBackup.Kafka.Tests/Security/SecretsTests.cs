using System.Text.Json;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Tests.Connections;
using KafkaBackup.Kafka.Tests.Lanes;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Microsoft.Extensions.Logging;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Security;

/// <summary>Secrets stay where they were given: no log line, error, history or status repeats them.</summary>
public sealed class SecretsTests
{
    private const string Secret = "s3cr3t-that-nobody-may-see";

    public static TheoryData<string, string[]> WrongOnes => new()
    {
        { "PLAIN", ["sasl.username", "alice", "sasl.password", Secret] },
        { "SCRAM-SHA-256", ["sasl.username", "alice", "sasl.password", Secret] },
        { "OAUTHBEARER", ["enable.sasl.oauthbearer.unsecure.jwt", "true", "sasl.oauthbearer.config", $"principal={Secret}"] },
        { "OAUTHBEARER", ["sasl.oauthbearer.method", "oidc", "sasl.oauthbearer.token.endpoint.url", "http://127.0.0.1:1/", "sasl.oauthbearer.client.id", "x", "sasl.oauthbearer.client.secret", Secret] },
    };

    [Theory]
    [MemberData(nameof(WrongOnes))]
    public async Task No_log_line_and_no_error_holds_a_secret(string mechanism, string[] properties)
    {
        await using var broker = new SecureBroker(SecureBroker.Passwords);
        using var logs = new Logs();
        var options = broker.Options([("security.protocol", "sasl_plaintext"), ("sasl.mechanism", mechanism), .. properties.Chunk(2).Select(p => (p[0], p[1]))]);
        await using var cluster = new ClusterClient(options, TimeProvider.System, new Logger<ClusterClient>(logs));
        var connect = await Assert.ThrowsAnyAsync<ClusterException>(() => cluster.ConnectAsync(default));
        var lane = await Assert.ThrowsAnyAsync<ClusterException>(() =>
            new FetchLane(cluster, null, new Logger<FetchLane>(logs)).RunAsync([new MemorySink().Assign(new TopicPartition("fx-multi", 0), 0, 10)], default));
        var groups = await Assert.ThrowsAnyAsync<ClusterException>(() => new GroupOffsets(cluster).ReadAsync("g", default));
        var said = string.Join('\n', [connect.ToString(), lane.ToString(), groups.ToString(), $"{options} {options.Security} {options.Security.Sasl}", .. logs.Lines]);
        Assert.DoesNotContain(Secret, said);
        Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"x:{Secret}")), said);
    }

    [Fact]
    public async Task What_a_broker_repeats_is_cleared_of_secrets()
    {
        await using var broker = ScriptedBroker.Answering(request => request switch
        {
            SaslHandshakeRequest => new SaslHandshakeResponse { Mechanisms = ["PLAIN"] },
            SaslAuthenticateRequest => new SaslAuthenticateResponse { ErrorCode = ErrorCode.SaslAuthenticationFailed, ErrorMessage = $"alice has not the password {Secret}" },
            _ => null,
        });
        var options = broker.Options(20, SaslLaneTests.Sasl("PLAIN", "alice", Secret));
        var refusal = await Assert.ThrowsAsync<BrokerAuthenticationException>(() => BrokerConnection.OpenAsync(broker.Address, options, TimeProvider.System, default));
        Assert.Contains("alice has not the password ***", refusal.Message);
        Assert.DoesNotContain(Secret, refusal.ToString());
    }

    [Theory]
    [InlineData("ssl.key.pem")]
    [InlineData("ssl.key.password")]
    [InlineData("sasl.oauthbearer.client.secret")]
    public void An_error_of_configuration_never_repeats_a_secret(string property)
    {
        var properties = new Dictionary<string, string> { ["bootstrap.servers"] = "h:1", ["security.protocol"] = property.StartsWith("ssl", StringComparison.Ordinal) ? "ssl" : "sasl_ssl", [property] = Secret };
        if (property.StartsWith("ssl", StringComparison.Ordinal))
            properties["ssl.certificate.pem"] = Secret;
        Assert.DoesNotContain(Secret, Assert.Throws<ClusterConfigurationException>(() => new ClusterOptions(properties)).ToString());
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("SCRAM-SHA-512")]
    public async Task Through_the_command_line_wrong_credentials_are_one_line_and_leave_no_secret_behind(string mechanism)
    {
        await using var broker = new SecureBroker(SecureBroker.Passwords);
        using var folder = new TestFolder();
        string[] command = ["--bootstrap-server", broker.Address, "--repository", $"file:{folder["repository"]}", "--state", folder["state"], "--topics", "fx-multi"];
        string[] Sasl(string password) => ["--kafka", "security.protocol=sasl_plaintext", "--kafka", $"sasl.mechanism={mechanism}", "--kafka", "sasl.username=alice", "--kafka", $"sasl.password={password}"];
        var wrong = await KafkaBackupCli.RunAsync(folder.Path, ["backup", .. command, .. Sasl(Secret)]);
        Assert.Equal(1, wrong.Exit);
        Assert.Contains($"authentication by {mechanism} failed", wrong.ErrorLine);
        Assert.Contains("check the credentials", wrong.ErrorLine);
        Assert.Single(wrong.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => line.Contains("authentication by", StringComparison.Ordinal));
        var right = await KafkaBackupCli.RunAsync(folder.Path, ["backup", .. command, .. Sasl("alice-secret"), "--json"]);
        Assert.True(right.Exit == 0, right.Errors);
        using (JsonDocument.Parse(right.Output))
        {
        }

        var history = await KafkaBackupCli.RunAsync(folder.Path, "instances", "--state", folder["state"], "--json");
        Assert.Equal(0, history.Exit);
        var spoken = wrong.Output + wrong.Errors + right.Output + right.Errors + history.Output;
        foreach (var secret in (string[])[Secret, "alice-secret"])
        {
            Assert.DoesNotContain(secret, spoken);
            foreach (var file in Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories))
                Assert.False(File.ReadAllBytes(file).AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(secret)) >= 0, $"{file} holds a secret");
        }
    }

    private sealed class Logs : ILoggerFactory, ILogger
    {
        private readonly Lock _lock = new();
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lock)
                    return [.. _lines];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lock)
                _lines.Add($"{formatter(state, exception)} {exception}");
        }
    }
}
