namespace KafkaBackup.Testing.Processes;

/// <summary>The development broker, as a process of its own on a free port.</summary>
public sealed class BrokerProcess : IAsyncDisposable
{
    private readonly ToolProcess _process;

    private BrokerProcess(ToolProcess process, string address, string data)
    {
        _process = process;
        Address = address;
        Data = data;
    }

    /// <summary>HOST:PORT.</summary>
    public string Address { get; }

    /// <summary>The process.</summary>
    public int Id => _process.Id;

    /// <summary>Its data folder.</summary>
    public string Data { get; }

    public static BrokerProcess Start(string data, params string[] arguments) => Listen(data, "127.0.0.1:0", arguments);

    public static BrokerProcess Listen(string data, string address, params string[] arguments)
    {
        Directory.CreateDirectory(data);
        var process = KafkaBackupCli.Start(data, ["broker", "--listen", address, "--data", data, .. arguments]);
        var line = process.WaitForLine("listens on");
        return new BrokerProcess(process, line[(line.LastIndexOf(' ') + 1)..], data);
    }

    /// <summary>Stops it in order, so that its files are whole.</summary>
    public Task<int> StopAsync() => _process.TerminateAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
