namespace KafkaBackup.Testing.Processes;

/// <summary>
/// OpenStack Swift with its S3 interface, on free loopback ports: the witness for a store that can't create an object only where there is none. It refuses the condition.
/// </summary>
public sealed class SwiftProcesses : IAsyncDisposable
{
    /// <summary>Why tests are skipped without it.</summary>
    public const string Missing = "OpenStack Swift needs the Debian packages swift-proxy, swift-account, swift-container, swift-object and memcached, which are not here";

    public const string AccessKey = "test:tester";
    public const string SecretKey = "swift-secret-of-the-tests";

    private static readonly string[] Kinds = ["account", "container", "object"];
    private readonly List<ToolProcess> _processes = [];

    private SwiftProcesses(Uri endpoint) => Endpoint = endpoint;

    /// <summary>Whether this machine has it.</summary>
    public static bool IsHere { get; } =
        Programs.AreHere("swift-proxy-server", "swift-account-server", "swift-container-server", "swift-object-server", "swift-ring-builder", "memcached") && File.Exists("/etc/swift/swift.conf");

    public Uri Endpoint { get; }

    /// <summary>Starts it; done once it answers.</summary>
    /// <param name="folder">The folder of its files, which is made anew, on a file system with extended attributes.</param>
    public static async Task<SwiftProcesses> StartAsync(string folder)
    {
        foreach (var name in (string[])["devices/d1", "recon"])
            Directory.CreateDirectory(Path.Combine(folder, name));
        var ports = Programs.FreePorts(Kinds.Length + 2);
        var swift = new SwiftProcesses(new Uri($"http://127.0.0.1:{ports[^1]}"));
        try
        {
            swift.Launch("memcached", "-u", Environment.UserName, "-l", "127.0.0.1", "-p", $"{ports[^2]}");
            await Task.WhenAll(Kinds.Select((kind, i) => BuildRingAsync(folder, kind, ports[i])));
            foreach (var (kind, i) in Kinds.Select((kind, i) => (kind, i)))
                swift.Launch($"swift-{kind}-server", await WriteAsync(folder, kind, Server(folder, kind, ports[i])));
            // A proxy that meets one of them too early leaves it alone for a minute, and refuses everything meanwhile.
            foreach (var port in ports[..Kinds.Length])
                await Programs.WaitForAnswerAsync(new Uri($"http://127.0.0.1:{port}"), [.. swift._processes]);
            swift.Launch("swift-proxy-server", await WriteAsync(folder, "proxy", Proxy(folder, ports[^1], ports[^2])));
            await Programs.WaitForAnswerAsync(swift.Endpoint, [.. swift._processes]);
            return swift;
        }
        catch
        {
            await swift.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
            await process.DisposeAsync();
    }

    private void Launch(string program, params string[] arguments) => _processes.Add(ToolProcess.Start(program, arguments));

    private static async Task BuildRingAsync(string folder, string kind, int port)
    {
        var builder = Path.Combine(folder, $"{kind}.builder");
        await Programs.RunAsync("swift-ring-builder", builder, "create", "4", "1", "0");
        await Programs.RunAsync("swift-ring-builder", builder, "add", $"r1z1-127.0.0.1:{port}/d1", "1");
        await Programs.RunAsync("swift-ring-builder", builder, "rebalance");
    }

    private static async Task<string> WriteAsync(string folder, string kind, string configuration)
    {
        var path = Path.Combine(folder, $"{kind}.conf");
        await File.WriteAllTextAsync(path, configuration);
        return path;
    }

    private static string Common(string folder, int port) =>
        $"""
        [DEFAULT]
        bind_ip = 127.0.0.1
        bind_port = {port}
        workers = 0
        user = {Environment.UserName}
        swift_dir = {folder}
        devices = {folder}/devices
        mount_check = false
        recon_cache_path = {folder}/recon

        """;

    private static string Server(string folder, string kind, int port) => Common(folder, port) +
        $"""
        [pipeline:main]
        pipeline = {kind}-server
        [app:{kind}-server]
        use = egg:swift#{kind}

        """;

    private static string Proxy(string folder, int port, int cache) => Common(folder, port) +
        $"""
        [pipeline:main]
        pipeline = catch_errors gatekeeper cache bulk s3api tempauth slo dlo versioned_writes symlink proxy-server
        [app:proxy-server]
        use = egg:swift#proxy
        account_autocreate = true
        allow_account_management = true
        [filter:catch_errors]
        use = egg:swift#catch_errors
        [filter:gatekeeper]
        use = egg:swift#gatekeeper
        [filter:cache]
        use = egg:swift#memcache
        memcache_servers = 127.0.0.1:{cache}
        [filter:bulk]
        use = egg:swift#bulk
        [filter:s3api]
        use = egg:swift#s3api
        [filter:tempauth]
        use = egg:swift#tempauth
        user_test_tester = {SecretKey} .admin
        [filter:slo]
        use = egg:swift#slo
        [filter:dlo]
        use = egg:swift#dlo
        [filter:versioned_writes]
        use = egg:swift#versioned_writes
        allow_object_versioning = true
        [filter:symlink]
        use = egg:swift#symlink

        """;
}
