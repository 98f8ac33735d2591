using System.Text;
using KafkaBackup.Broker.Security;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Broker.Tests.Security;

/// <summary>What a client may ask before, while and after it says who it is.</summary>
public sealed class SessionTests
{
    private static readonly BrokerSecurity Plain = new()
    {
        SaslMechanisms = ["PLAIN", "SCRAM-SHA-256"],
        Users = [new BrokerUser("alice", "a"), new BrokerUser("bob", "b")],
    };

    [Fact]
    public async Task Before_it_has_said_who_it_is_a_client_may_ask_for_versions_alone()
    {
        await using var broker = TestBroker.Start(o => o with { Security = Plain });
        using var client = await broker.ConnectAsync();
        Assert.NotEmpty((await client.AskAsync(new ApiVersionsRequest())).ApiKeys);
        await client.SendAsync(new MetadataRequest());
        Assert.Null(await client.ReceiveFrameAsync());
        using var hasty = await broker.ConnectAsync();
        await hasty.SendAsync(Token("alice", "a"));
        Assert.Null(await hasty.ReceiveFrameAsync());
    }

    [Fact]
    public async Task A_refusal_is_answered_and_ends_the_connection()
    {
        await using var broker = TestBroker.Start(o => o with { Security = Plain });
        using var client = await broker.ConnectAsync();
        Assert.Equal(["PLAIN", "SCRAM-SHA-256"], (await client.AskAsync(new SaslHandshakeRequest { Mechanism = "PLAIN" })).Mechanisms);
        var refused = await client.AskAsync(Token("alice", "b"));
        Assert.Equal((ErrorCode.SaslAuthenticationFailed, "Authentication failed: Invalid username or password"), (refused.ErrorCode, refused.ErrorMessage));
        Assert.Null(await client.ReceiveFrameAsync());
        using var other = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.UnsupportedSaslMechanism, (await other.AskAsync(new SaslHandshakeRequest { Mechanism = "GSSAPI-NONE" })).ErrorCode);
        Assert.Null(await other.ReceiveFrameAsync());
    }

    [Fact]
    public async Task Where_nobody_has_to_say_who_he_is_a_handshake_is_out_of_place()
    {
        await using var broker = TestBroker.Start();
        using var client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.IllegalSaslState, (await client.AskAsync(new SaslHandshakeRequest { Mechanism = "PLAIN" })).ErrorCode);
        Assert.Equal(ErrorCode.IllegalSaslState, (await client.AskAsync(Token("alice", "a"))).ErrorCode);
        await client.AskAsync(new MetadataRequest());
    }

    [Fact]
    public async Task A_session_ends_and_nothing_but_another_authentication_goes_on_then()
    {
        await using var broker = TestBroker.Start(o => o with
        {
            Security = Plain,
            Configs = new Dictionary<string, string> { ["connections.max.reauth.ms"] = "300" },
        });
        using var client = await broker.ConnectAsync();
        await InAsync(client, "alice", "a");
        using var idle = await broker.ConnectAsync();
        await InAsync(idle, "alice", "a");
        await Eventually.TrueAsync(
            async () =>
            {
                await idle.SendAsync(new MetadataRequest());
                return await idle.ReceiveFrameAsync() is null;
            },
            "the end of the session");
        await InAsync(client, "alice", "a");
        await client.AskAsync(new MetadataRequest());
    }

    [Fact]
    public async Task Nobody_becomes_somebody_else()
    {
        await using var broker = TestBroker.Start(o => o with
        {
            Security = Plain,
            Configs = new Dictionary<string, string> { ["connections.max.reauth.ms"] = "60000" },
        });
        using var client = await broker.ConnectAsync();
        await InAsync(client, "alice", "a");
        Assert.Equal(ErrorCode.None, (await client.AskAsync(new SaslHandshakeRequest { Mechanism = "PLAIN" })).ErrorCode);
        var refused = await client.AskAsync(Token("bob", "b"));
        Assert.Contains("Cannot change principals during re-authentication", refused.ErrorMessage, StringComparison.Ordinal);
        Assert.Null(await client.ReceiveFrameAsync());
        using var other = await broker.ConnectAsync();
        await InAsync(other, "alice", "a");
        Assert.Equal(ErrorCode.UnsupportedSaslMechanism, (await other.AskAsync(new SaslHandshakeRequest { Mechanism = "SCRAM-SHA-256" })).ErrorCode);
    }

    [Theory]
    [InlineData("FOO", 0, "there is no SASL mechanism 'FOO'")]
    [InlineData("PLAIN", 0, "PLAIN needs users")]
    [InlineData("SCRAM-SHA-512", 0, "SCRAM-SHA-512 needs users")]
    public void A_listener_that_could_let_nobody_in_does_not_start(string mechanism, int users, string words)
    {
        var security = new BrokerSecurity { SaslMechanisms = [mechanism], Users = [.. Plain.Users.Take(users)] };
        Assert.Contains(words, Assert.Throws<ArgumentException>(() => TestBroker.Start(o => o with { Security = security })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_is_not_printed() => Assert.DoesNotContain("secret", $"{new BrokerUser("alice", "secret")} {Token("alice", "secret")}", StringComparison.Ordinal);

    private static async Task InAsync(RawClient client, string user, string password)
    {
        Assert.Equal(ErrorCode.None, (await client.AskAsync(new SaslHandshakeRequest { Mechanism = "PLAIN" })).ErrorCode);
        Assert.Equal(ErrorCode.None, (await client.AskAsync(Token(user, password))).ErrorCode);
    }

    private static SaslAuthenticateRequest Token(string user, string password) => new() { AuthBytes = Encoding.UTF8.GetBytes($"\0{user}\0{password}") };
}
