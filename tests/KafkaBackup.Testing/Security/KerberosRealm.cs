using System.Net;
using System.Net.Sockets;
using KafkaBackup.Testing.Processes;

namespace KafkaBackup.Testing.Security;

/// <summary>
/// A Kerberos realm with its own key distribution centre (Debian's krb5-kdc), in a folder of the test's. Programs find it by
/// <see cref="Environment"/>.
/// </summary>
public sealed class KerberosRealm : IAsyncDisposable
{
    public const string Name = "TEST.LOCAL";

    private readonly string _folder;
    private readonly ToolProcess _center;

    private KerberosRealm(string folder, ToolProcess center) => (_folder, _center) = (folder, center);

    /// <summary>Whether Debian's krb5-kdc, krb5-admin-server, krb5-user and libsasl2-modules-gssapi-mit are installed.</summary>
    public static bool IsHere { get; } = File.Exists("/usr/sbin/krb5kdc") && File.Exists("/usr/sbin/kadmin.local") && File.Exists("/usr/bin/kinit")
        && Directory.GetDirectories("/usr/lib", "*-linux-gnu").Any(folder => File.Exists(Path.Combine(folder, "sasl2", "libgssapiv2.so")));

    /// <summary>The krb5.conf.</summary>
    public string ConfigFile => Path.Combine(_folder, "krb5.conf");

    /// <summary>What a program's environment has to hold so that it uses this realm.</summary>
    public IReadOnlyDictionary<string, string> Environment => EnvironmentIn(_folder);

    public static async Task<KerberosRealm> StartAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var port = FreePort();
        await File.WriteAllTextAsync(Path.Combine(folder, "krb5.conf"), $$"""
            [libdefaults]
              default_realm = {{Name}}
              dns_lookup_kdc = false
              dns_lookup_realm = false
              dns_canonicalize_hostname = false
              rdns = false
              udp_preference_limit = 1
            [realms]
              {{Name}} = {
                kdc = 127.0.0.1:{{port}}
              }
            [domain_realm]
              localhost = {{Name}}
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "kdc.conf"), $$"""
            [kdcdefaults]
              kdc_ports = {{port}}
              kdc_tcp_ports = {{port}}
            [realms]
              {{Name}} = {
                database_name = {{folder}}/principal
                key_stash_file = {{folder}}/stash
                acl_file = {{folder}}/acl
                supported_enctypes = aes256-cts-hmac-sha1-96:normal
              }
            """);
        await RunAsync(folder, "/usr/sbin/kdb5_util", "create", "-s", "-r", Name, "-P", "master");
        var center = ToolProcess.Start("/usr/sbin/krb5kdc", ["-n", "-r", Name, "-P", Path.Combine(folder, "kdc.pid")], folder, EnvironmentIn(folder));
        var realm = new KerberosRealm(folder, center);
        await realm.UntilItAnswersAsync(port);
        return realm;
    }

    /// <summary>Adds a user.</summary>
    public Task AddUserAsync(string name, string password) => RunAsync(_folder, "/usr/sbin/kadmin.local", "-r", Name, "addprinc", "-pw", password, name);

    /// <summary>Adds a service, such as "kafka/localhost", and gives its keytab.</summary>
    public async Task<string> AddServiceAsync(string name)
    {
        var keytab = Path.Combine(_folder, name.Replace('/', '-') + ".keytab");
        await RunAsync(_folder, "/usr/sbin/kadmin.local", "-r", Name, "addprinc", "-randkey", name);
        await RunAsync(_folder, "/usr/sbin/kadmin.local", "-r", Name, "ktadd", "-k", keytab, name);
        return keytab;
    }

    public ValueTask DisposeAsync() => _center.DisposeAsync();

    private static Dictionary<string, string> EnvironmentIn(string folder) => new()
    {
        ["KRB5_CONFIG"] = Path.Combine(folder, "krb5.conf"),
        ["KRB5_KDC_PROFILE"] = Path.Combine(folder, "kdc.conf"),
        ["KRB5CCNAME"] = "FILE:" + Path.Combine(folder, "ccache"),
    };

    private async Task UntilItAnswersAsync(int port)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (tries < 250 && !_center.HasExited)
            {
                await Task.Delay(20);
            }
            catch (SocketException)
            {
                throw new InvalidOperationException($"krb5kdc does not answer: {_center.Errors}");
            }
        }
    }

    private static async Task RunAsync(string folder, string program, params string[] arguments)
    {
        await using var process = ToolProcess.Start(program, arguments, folder, EnvironmentIn(folder));
        if (await process.WaitAsync(TimeSpan.FromSeconds(30)) != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {process.Output} {process.Errors}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
