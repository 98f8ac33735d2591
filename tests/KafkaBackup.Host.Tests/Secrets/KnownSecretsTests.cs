using System.Text.Json;
using CsCheck;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace KafkaBackup.Host.Tests.Secrets;

public sealed class KnownSecretsTests
{
    [Theory]
    [InlineData("twelve chars", "xtwelve charsx and twelve chars", "x***x and ***")]
    [InlineData("password", "password", "***")]
    [InlineData("password", "is password, 'password'.", "is ***, '***'.")]
    [InlineData("password", "password-reset password_2 mypassword passwords", "password-reset password_2 mypassword passwords")]
    [InlineData("seven77", "seven77", "seven77")]
    public void A_long_one_is_found_anywhere_a_shorter_one_by_itself_and_a_short_one_not(string secret, string text, string told) =>
        Assert.Equal(told, new KnownSecrets([secret]).Redact(text));

    [Fact]
    public void One_that_is_within_another_leaves_nothing_of_either() =>
        Assert.Equal("*** ***", new KnownSecrets(["abcdefghijkl", "abcdefghijklmnop"]).Redact("abcdefghijklmnop abcdefghijkl"));

    [Fact]
    public void Whatever_its_characters_it_is_found_as_it_stands_and_as_JSON_and_URLs_write_it() => Gen.String[Gen.Char, 12, 40].Where(s => !s.Any(char.IsSurrogate) && s.Trim() == s).Sample(
        secret =>
        {
            var secrets = new KnownSecrets([secret]);
            Assert.Equal("a***b", secrets.Redact($"a{secret}b"));
            Assert.Equal("[\"***\"]", secrets.Redact(JsonSerializer.Serialize(new[] { secret })));
            Assert.Equal("[\"***\"]", secrets.Redact(JsonSerializer.Serialize(new[] { secret }, Http.Relaxed)));
            Assert.Equal("?q=***", secrets.Redact($"?q={Uri.EscapeDataString(secret)}"));
        },
        iter: 300);

    [Fact]
    public void The_secrets_of_settings_are_found_by_the_names_of_their_keys_and_nothing_else_is()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "the passphrase\nmore");
        string[] secrets =
        [
            "the api key 1", "the api key 2", "the sasl password", "the ssl key password", "the client secret", "-----BEGIN PRIVATE KEY-----\nabc", "the-account-key==",
            "https://a.test/c?sv=1&sig=the%2Bsignature", "the passphrase",
        ];
        string[] others = ["a cluster of secrets", "broker.test:9092", "the user's name", "file:/the/vault/itself", "https://token.test/oauth"];
        try
        {
            var known = SecretSettings.Of(SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["KafkaBackup:ApiKey"] = secrets[0],
                ["KafkaBackup:ApiKeys:night shift"] = secrets[1],
                [$"KafkaBackup:Clusters:{others[0]}:bootstrap.servers"] = others[1],
                [$"KafkaBackup:Clusters:{others[0]}:client.id"] = others[0],
                ["KafkaBackup:Repositories:vault:Location"] = others[3],
                ["KafkaBackup:Repositories:vault:PassphraseFile"] = path,
                ["KafkaBackup:Repositories:a:Location"] = "azure:one",
                ["KafkaBackup:Repositories:a:Azure:ConnectionString"] = $"AccountName=a;AccountKey={secrets[6]};EndpointSuffix=x",
                ["KafkaBackup:Repositories:b:Location"] = "azure:two",
                ["KafkaBackup:Repositories:b:Azure:SasUrl"] = secrets[7],
            }).Build()));
            Assert.Equal([.. secrets.Take(2), .. secrets.Skip(6)], secrets.Where(secret => known.Redact(secret) == "***"));
            Assert.Equal("see *** and ?sig=***", known.Redact("see the-account-key== and ?sig=the%2Bsignature"));
            Assert.All([.. others, path], other => Assert.Equal(other, known.Redact(other)));
        }
        finally
        {
            File.Delete(path);
        }

        var cluster = SecretSettings.Of(new HostSettings
        {
            Clusters =
            {
                ["a cluster of secrets"] = new()
                {
                    ["sasl.username"] = others[2], ["sasl.password"] = secrets[2], ["ssl.key.password"] = secrets[3], ["sasl.oauthbearer.client.secret"] = secrets[4],
                    ["ssl.key.pem"] = secrets[5], ["sasl.oauthbearer.token.endpoint.url"] = others[4], ["client.id"] = others[0],
                },
            },
        });
        Assert.Equal(secrets[2..6], secrets.Where(secret => cluster.Redact(secret) == "***"));
        Assert.All(others, other => Assert.Equal(other, cluster.Redact(other)));
    }

    [Fact]
    public void What_is_logged_holds_none_exceptions_included_and_levels_hold()
    {
        var lines = new List<string>();
        using var inner = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new Lines(lines)));
        using var loggers = new RedactingLoggers(inner, new KnownSecrets(["twelve chars"]));
        var logger = loggers.CreateLogger("c");
        logger.LogInformation("twelve chars");
        logger.LogError(new InvalidOperationException("it is twelve chars"), "with {Value}", "twelve chars");
        var line = Assert.Single(lines);
        Assert.StartsWith("with *** System.InvalidOperationException: it is ***", line, StringComparison.Ordinal);
        Assert.Equal((false, true), (logger.IsEnabled(LogLevel.Information), logger.IsEnabled(LogLevel.Error)));
    }

    private static class Http
    {
        public static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    }

    private sealed class Lines(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add($"{formatter(state, exception)}{exception}");

        public void Dispose()
        {
        }
    }
}
