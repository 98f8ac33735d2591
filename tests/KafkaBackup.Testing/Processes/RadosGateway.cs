namespace KafkaBackup.Testing.Processes;

/// <summary>
/// Ceph's radosgw with a cluster of its own behind it, on free loopback ports: one monitor, one storage daemon in memory. It speaks S3 and creates objects only where
/// there are none, but overwrites with an object from parts.
/// </summary>
public sealed class RadosGateway : IAsyncDisposable
{
    /// <summary>Why tests are skipped without it.</summary>
    public const string Missing = "Ceph's radosgw needs the Debian packages radosgw, ceph-mon, ceph-osd and ceph-common, which are not here";

    public const string AccessKey = "AKKAFKABACKUPTEST";
    public const string SecretKey = "gateway-secret-of-the-tests";

    private const int Attempts = 3;

    private readonly List<ToolProcess> _processes = [];

    private RadosGateway(Uri endpoint) => Endpoint = endpoint;

    /// <summary>Whether this machine has it.</summary>
    public static bool IsHere { get; } = Programs.AreHere("radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "monmaptool");

    public Uri Endpoint { get; }

    /// <summary>Starts it; done once it answers and its user is there.</summary>
    /// <param name="folder">The folder of its files, which is made anew.</param>
    public static async Task<RadosGateway> StartAsync(string folder)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await StartOnceAsync(Path.Combine(folder, $"{attempt}"));
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // Ports that were free may be taken by the time that a daemon wants them; it ends then.
            }
        }
    }

    private static async Task<RadosGateway> StartOnceAsync(string folder)
    {
        foreach (var name in (string[])["mon", "osd", "run"])
            Directory.CreateDirectory(Path.Combine(folder, name));
        var ports = Programs.FreePorts(2);
        var (monitor, id) = ($"[v1:127.0.0.1:{ports[0]}]", Guid.NewGuid().ToString());
        var configuration = Path.Combine(folder, "ceph.conf");
        await File.WriteAllTextAsync(configuration, Configuration(folder, monitor, id, ports[1]));
        var gateway = new RadosGateway(new Uri($"http://127.0.0.1:{ports[1]}"));
        try
        {
            await gateway.StartAsync(folder, configuration, monitor, id);
            return gateway;
        }
        catch (Exception e)
        {
            await gateway.DisposeAsync();
            var logs = Directory.GetFiles(folder, "*.log").Select(log => $"{Path.GetFileName(log)}: {string.Join('\n', File.ReadLines(log).TakeLast(8))}");
            throw new InvalidOperationException($"{e.Message}\n{string.Join('\n', logs)}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
            await process.DisposeAsync();
    }

    private async Task StartAsync(string folder, string configuration, string monitor, string id)
    {
        var map = Path.Combine(folder, "monmap");
        await Programs.RunAsync("monmaptool", "--create", "--addv", "a", monitor, "--fsid", id, map);
        await Programs.RunAsync("ceph-mon", "-c", configuration, "--mkfs", "-i", "a", "--monmap", map);
        Launch("ceph-mon", "-c", configuration, "-i", "a", "-f");
        // Without an id of its own: one in memory has forgotten it when it is started, and would be refused under another.
        await Programs.RunAsync("ceph", "-c", configuration, "--connect-timeout", "60", "osd", "create");
        await Programs.RunAsync("ceph-osd", "-c", configuration, "-i", "0", "--mkfs");
        Launch("ceph-osd", "-c", configuration, "-i", "0", "-f");
        Launch("radosgw", "-c", configuration, "-n", "client.rgw", "-f");
        await Programs.WaitForAnswerAsync(Endpoint, [.. _processes]);
        await Programs.RunAsync("radosgw-admin", "-c", configuration, "-n", "client.rgw", "user", "create", "--uid=test", "--display-name=test", $"--access-key={AccessKey}", $"--secret-key={SecretKey}");
    }

    private void Launch(string program, params string[] arguments) => _processes.Add(ToolProcess.Start(program, arguments));

    private static string Configuration(string folder, string monitor, string id, int port) =>
        $"""
        [global]
        fsid = {id}
        mon host = {monitor}
        mon initial members = a
        auth cluster required = none
        auth service required = none
        auth client required = none
        osd pool default size = 1
        osd pool default min size = 1
        osd pool default pg num = 1
        osd pool default pgp num = 1
        osd pool default pg autoscale mode = off
        osd crush chooseleaf type = 0
        mon allow pool size one = true
        mon data avail crit = 1
        paxos propose interval = 0.02
        paxos min wait = 0.01
        ms bind ipv6 = false
        public addr = 127.0.0.1
        cluster addr = 127.0.0.1
        run dir = {folder}/run
        admin socket = {folder}/run/$name.$pid.asok
        log file = {folder}/$name.log
        mon data = {folder}/mon
        osd data = {folder}/osd
        osd objectstore = memstore
        memstore device bytes = 4294967296
        [client.rgw]
        rgw frontends = beast endpoint=127.0.0.1:{port}
        rgw thread pool size = 64
        rgw multipart min part size = 65536
        rgw enable usage log = false
        rgw enable ops log = false

        """;
}
