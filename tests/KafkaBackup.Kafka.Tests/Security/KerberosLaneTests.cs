using System.Runtime.InteropServices;
using KafkaBackup.Broker.Security;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using KafkaBackup.Testing.Security;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Security;

/// <summary>GSSAPI with a key distribution centre of the test's own: tickets from the cache, from a keytab, and none.</summary>
public sealed class KerberosLaneTests
{
    [Fact]
    public async Task Tickets_of_the_cache_and_of_a_keytab_come_in_and_nobody_without()
    {
        Assert.SkipUnless(KerberosRealm.IsHere, "Debian's krb5-kdc, krb5-admin-server, krb5-user and libsasl2-modules-gssapi-mit are not here");
        using var folder = new TestFolder();
        await using var realm = await KerberosRealm.StartAsync(folder.Path);
        await realm.AddUserAsync("alice", "alice-secret");
        var service = await realm.AddServiceAsync("kafka/localhost");
        var keytab = await realm.AddServiceAsync("backup");
        foreach (var (name, value) in realm.Environment)
        {
            // The Kerberos library reads the process' own environment; kinit gets what the framework takes it to be.
            SetEnvironment(name, value, 1);
            Environment.SetEnvironmentVariable(name, value);
        }

        await using var broker = new SecureBroker(new BrokerSecurity { SaslMechanisms = ["GSSAPI"], Keytab = service }, "localhost");
        (string, string)[] gssapi = [("security.protocol", "sasl_plaintext"), ("sasl.mechanism", "GSSAPI")];

        var without = Assert.IsType<BrokerAuthenticationException>(await broker.IsRefusedAsync(gssapi));
        Assert.Contains("for kafka/localhost: is there a valid ticket (klist)", without.Message);

        await using (var kinit = ToolProcess.Start("sh", ["-c", "echo alice-secret | kinit alice"], folder.Path, realm.Environment))
            Assert.Equal(0, await kinit.WaitAsync());
        await broker.ReadAsync(gssapi);
        Assert.Contains("nobody/localhost", (await broker.IsRefusedAsync([.. gssapi, ("sasl.kerberos.service.name", "nobody")])).Message);

        File.Delete(folder["ccache"]);
        await broker.ReadAsync([.. gssapi, ("sasl.kerberos.principal", "backup"), ("sasl.kerberos.keytab", keytab)]);

        File.Delete(folder["ccache"]);
        var foreign = await broker.IsRefusedAsync([.. gssapi, ("sasl.kerberos.principal", "alice"), ("sasl.kerberos.keytab", keytab)]);
        Assert.Contains($"no tickets for alice by {keytab}", foreign.Message);
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi)]
    private static extern int SetEnvironment(string name, string value, int overwrite);
}
