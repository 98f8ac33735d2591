namespace KafkaBackup.Testing.Processes;

/// <summary>
/// Azurite, the emulator of Azure Storage, as a process of its own on free loopback ports. It can be stopped, and started again on the same ports and data. Stop it
/// with <see cref="StopAsync"/> where its data is to stay: killed, it loses what it has acknowledged just before.
/// </summary>
public sealed class AzuriteProcess : IAsyncDisposable
{
    /// <summary>Why tests are skipped without it.</summary>
    public const string Missing = "Azurite needs Node.js and npm, which are not here";

    private const string Account = "devstoreaccount1";

    /// <summary>The emulator's key, the same everywhere and known to everybody.</summary>
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly string Program = ProjectTree.PathOf("tools", "azurite", "node_modules", "azurite", "dist", "src", "azurite.js");
    private readonly string _data;
    private ToolProcess _process;

    private AzuriteProcess(string data)
    {
        _data = data;
        _process = Launch(0, 0);
        (BlobPort, TablePort) = ReadPorts(_process);
    }

    /// <summary>Whether this machine can have it. Where it can and has not, <see cref="Start"/> says what to do.</summary>
    public static bool IsHere { get; } = IsOnPath("node") && IsOnPath("npm");

    public int BlobPort { get; }

    public int TablePort { get; }

    public Uri BlobEndpoint => Endpoint(BlobPort);

    public Uri TableEndpoint => Endpoint(TablePort);

    /// <summary>How the SDKs reach it.</summary>
    public string ConnectionString => ConnectionStringFor(BlobPort, TablePort);

    /// <summary>Starts it; done once it listens.</summary>
    /// <param name="data">The folder of its data, which is made if it is not there.</param>
    public static AzuriteProcess Start(string data)
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException("Azurite is not installed: run 'npm ci' in tools/azurite, or tools/test, which does");
        Directory.CreateDirectory(data);
        return new AzuriteProcess(data);
    }

    /// <summary>The connection string of the same account behind other ports, such as a proxy's.</summary>
    public static string ConnectionStringFor(int blobPort, int tablePort) =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={Endpoint(blobPort)};TableEndpoint={Endpoint(tablePort)};";

    /// <summary>Stops it in order (SIGTERM), so that its data is whole.</summary>
    public Task StopAsync() => _process.TerminateAsync();

    /// <summary>Starts it again after a stop, on the same ports and data; done once it listens.</summary>
    public async Task StartAgainAsync()
    {
        await _process.DisposeAsync();
        _process = Launch(BlobPort, TablePort);
        ReadPorts(_process);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static Uri Endpoint(int port) => new($"http://127.0.0.1:{port}/{Account}");

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>The services start one after the other, and each tells its port.</summary>
    private static (int Blob, int Table) ReadPorts(ToolProcess process) => (ReadPort(process, "Blob"), ReadPort(process, "Table"));

    private static int ReadPort(ToolProcess process, string service)
    {
        var line = process.WaitForLine($"{service} service is successfully listening");
        return int.Parse(line[(line.LastIndexOf(':') + 1)..]);
    }

    private ToolProcess Launch(int blobPort, int tablePort) => ToolProcess.Start("node",
    [
        Program, "--location", _data, "--blobPort", $"{blobPort}", "--tablePort", $"{tablePort}", "--queuePort", "0",
        "--skipApiVersionCheck", "--disableTelemetry", "--silent",
    ]);
}
