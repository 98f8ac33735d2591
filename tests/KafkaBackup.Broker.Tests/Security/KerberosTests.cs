using System.Net;
using System.Net.Security;
using System.Runtime.InteropServices;
using KafkaBackup.Broker.Security;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using KafkaBackup.Testing.Security;
using Xunit;

namespace KafkaBackup.Broker.Tests.Security;

/// <summary>GSSAPI with a key distribution centre of the test's own.</summary>
public sealed class KerberosTests
{
    [Fact]
    public async Task Kcat_and_the_framework_come_in_with_a_ticket_and_nobody_without()
    {
        Assert.SkipUnless(KerberosRealm.IsHere, "Debian's krb5-kdc, krb5-admin-server, krb5-user and libsasl2-modules-gssapi-mit are not here");
        using var folder = new TestFolder();
        await using var realm = await KerberosRealm.StartAsync(folder.Path);
        await realm.AddUserAsync("alice", "alice-secret");
        var keytab = await realm.AddServiceAsync("kafka/localhost");
        // The Kerberos library reads the process' own environment, not the framework's picture of it.
        SetEnvironment("KRB5_CONFIG", realm.ConfigFile, 1);
        await using var broker = TestBroker.Start(o => o with
        {
            AdvertisedHost = "localhost",
            Security = new BrokerSecurity { SaslMechanisms = ["GSSAPI"], Keytab = keytab },
        });

        using var client = await broker.ConnectAsync();
        var done = await AuthenticateAsync(client, new NetworkCredential("alice", "alice-secret", KerberosRealm.Name));
        Assert.Equal(ErrorCode.None, done.ErrorCode);
        await client.AskAsync(new MetadataRequest());

        using var forger = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.None, (await forger.AskAsync(new SaslHandshakeRequest { Mechanism = "GSSAPI" })).ErrorCode);
        Assert.Equal(ErrorCode.SaslAuthenticationFailed, (await forger.AskAsync(new SaslAuthenticateRequest { AuthBytes = new byte[] { 0x60, 3, 1, 2, 3 } })).ErrorCode);

        string[] kcat = ["-b", broker.Bootstrap, "-L", "-m", "5", "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanisms=GSSAPI", "-X", "sasl.kerberos.kinit.cmd=true"];
        await using (var without = ToolProcess.Start("kcat", kcat, folder.Path, realm.Environment))
            Assert.NotEqual(0, await without.WaitAsync());
        await using (var kinit = ToolProcess.Start("sh", ["-c", "echo alice-secret | kinit alice"], folder.Path, realm.Environment))
            Assert.Equal(0, await kinit.WaitAsync());
        await using var with = ToolProcess.Start("kcat", kcat, folder.Path, realm.Environment);
        Assert.True(await with.WaitAsync() == 0, with.Errors);
        Assert.Contains("1 brokers", with.Output, StringComparison.Ordinal);
    }

    private static async Task<SaslAuthenticateResponse> AuthenticateAsync(RawClient client, NetworkCredential credential)
    {
        using var context = new NegotiateAuthentication(new NegotiateAuthenticationClientOptions
        {
            Package = "Kerberos",
            Credential = credential,
            TargetName = "kafka/localhost",
            RequiredProtectionLevel = ProtectionLevel.Sign,
        });
        Assert.Equal(ErrorCode.None, (await client.AskAsync(new SaslHandshakeRequest { Mechanism = "GSSAPI" })).ErrorCode);
        var token = context.GetOutgoingBlob([], out var status) ?? [];
        Assert.True(status is NegotiateAuthenticationStatusCode.ContinueNeeded or NegotiateAuthenticationStatusCode.Completed, $"{status}");
        while (true)
        {
            var answer = await client.AskAsync(new SaslAuthenticateRequest { AuthBytes = token });
            if (answer.ErrorCode != ErrorCode.None)
                return answer;
            if (!context.IsAuthenticated)
            {
                token = context.GetOutgoingBlob(answer.AuthBytes.Span, out status) ?? [];
                continue;
            }

            var offer = new System.Buffers.ArrayBufferWriter<byte>();
            Assert.Equal(NegotiateAuthenticationStatusCode.Completed, context.Unwrap(answer.AuthBytes.Span, offer, out _));
            Assert.Equal([1, 0, 0, 0], offer.WrittenSpan.ToArray());
            var choice = new System.Buffers.ArrayBufferWriter<byte>();
            context.Wrap([1, 0, 0, 0, .. "alice"u8], choice, requestEncryption: false, out _);
            return await client.AskAsync(new SaslAuthenticateRequest { AuthBytes = choice.WrittenMemory });
        }
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi)]
    private static extern int SetEnvironment(string name, string value, int overwrite);
}
