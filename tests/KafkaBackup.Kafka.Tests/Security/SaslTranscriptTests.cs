using System.Text;
using KafkaBackup.Kafka.Security;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Security;

/// <summary>What real clients and a real broker said to each other: ours says the same, byte for byte.</summary>
public sealed class SaslTranscriptTests
{
    private static readonly Dictionary<string, string> Passwords = new() { ["admin"] = "admin-secret", ["alice"] = "alice-secret", ["bob"] = "wrong", ["carol"] = "carol-secret" };

    private static readonly List<(string Client, byte[] Said, SaslAuthenticateResponse Answer)> Exchanges =
    [
        .. Fixtures.Exchanges(Fixtures.WireFiles.Single(f => f.EndsWith("36-SaslAuthenticate.jsonl", StringComparison.Ordinal))).Select(e =>
        {
            var (header, body) = Frames.ReadRequestHeader(e.Request);
            var said = ((SaslAuthenticateRequest)Frames.ReadRequest(Apis.Of(header.Key), body)).AuthBytes.ToArray();
            return (e.Client, said, (SaslAuthenticateResponse)Frames.ReadResponse(Apis.Of(ApiKey.SaslAuthenticate), e.ApiVersion, e.Response!).Response);
        }),
    ];

    [Fact]
    public async Task Plain_is_what_real_clients_say()
    {
        var plain = Exchanges.Where(e => e.Client.Contains("plain", StringComparison.Ordinal)).ToList();
        Assert.True(plain.Count >= 8);
        foreach (var (_, said, _) in plain)
        {
            var user = Encoding.UTF8.GetString(said).Split('\0')[1];
            Assert.Equal(said, await new PlainExchange(user, Passwords[user]).NextAsync(default, default));
        }
    }

    [Fact]
    public async Task Scram_proves_and_demands_what_a_real_broker_accepts_and_proves()
    {
        var proofs = 0;
        // librdkafka repeats the client's nonce before the joint one, which brokers let pass; Java's client keeps to the standard.
        foreach (var (client, said, answer) in Exchanges.Where(e => e.Client.StartsWith("java", StringComparison.Ordinal) && e.Client.Contains("scram", StringComparison.Ordinal) && !e.Client.Contains("wrong", StringComparison.Ordinal) && Text(e.Said).StartsWith("n,,", StringComparison.Ordinal)))
        {
            var nonce = Text(said)[(Text(said).IndexOf(",r=", StringComparison.Ordinal) + 3)..].Split(',')[0];
            var last = Exchanges.FirstOrDefault(e => Text(e.Said).StartsWith($"c=biws,r={nonce}", StringComparison.Ordinal));
            if (last.Said is null)
                continue; // the sample holds only the beginning
            var hash = ScramHash.Of(client.Contains("512", StringComparison.Ordinal) ? "SCRAM-SHA-512" : "SCRAM-SHA-256");
            using var exchange = new ScramExchange(hash, "carol", Passwords["carol"], nonce);
            Assert.Equal(Text(said), Text((await exchange.NextAsync(default, default))!));
            Assert.Equal(Text(last.Said), Text((await exchange.NextAsync(answer.AuthBytes, default))!));
            Assert.Null(await exchange.NextAsync(last.Answer.AuthBytes, default));
            proofs++;
        }

        Assert.True(proofs >= 1, $"{proofs} whole exchanges");
    }

    [Fact]
    public async Task Scram_goes_as_its_standard_shows_it()
    {
        // RFC 7677, section 3.
        using var exchange = new ScramExchange(ScramHash.Of("SCRAM-SHA-256"), "user", "pencil", "rOprNGfwEbeRWgbNEkqO");
        Assert.Equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", Text((await exchange.NextAsync(default, default))!));
        Assert.Equal(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            Text((await exchange.NextAsync("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"u8.ToArray(), default))!));
        Assert.Null(await exchange.NextAsync("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8.ToArray(), default));
    }

    [Theory]
    [InlineData("r=other,s=AAAA,i=4096", "nonce")]
    [InlineData("r=abc,s=AAAA,i=4096", "nonce")]
    [InlineData("r=abcdef,s=AAAA,i=1", "iteration count")]
    [InlineData("r=abcdef,s=AAAA,i=2000000000", "iteration count")]
    [InlineData("r=abcdef,i=4096", "lacks 's'")]
    [InlineData("r=abcdef,s=?,i=4096", "lacks 's'")]
    [InlineData("", "nonce")]
    public async Task A_server_that_does_not_keep_to_Scram_is_refused(string serverFirst, string words)
    {
        using var exchange = new ScramExchange(ScramHash.Of("SCRAM-SHA-256"), "u", "p", "abc");
        await exchange.NextAsync(default, default);
        Assert.Contains(words, (await Assert.ThrowsAsync<SaslException>(async () => await exchange.NextAsync(Encoding.UTF8.GetBytes(serverFirst), default))).Message);
    }

    [Fact]
    public async Task A_server_that_does_not_know_the_password_is_found_out()
    {
        using var exchange = new ScramExchange(ScramHash.Of("SCRAM-SHA-256"), "u", "p", "abc");
        await exchange.NextAsync(default, default);
        await exchange.NextAsync("r=abcdef,s=AAAA,i=4096"u8.ToArray(), default);
        var forged = Encoding.UTF8.GetBytes("v=" + Convert.ToBase64String(new byte[32]));
        Assert.Contains("did not prove", (await Assert.ThrowsAsync<SaslException>(async () => await exchange.NextAsync(forged, default))).Message);
    }

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
