using System.Net;
using System.Net.Sockets;

namespace KafkaBackup.Testing.Processes;

/// <summary>What tests need to know of the machine to start other programs.</summary>
internal static class Programs
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static bool AreHere(params string[] names)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return names.All(name => folders.Any(folder => File.Exists(Path.Combine(folder, name))));
    }

    /// <summary>Free ports of the loopback, for programs that can't be told to take one.</summary>
    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        listeners.ForEach(listener => listener.Stop());
        return ports;
    }

    /// <summary>Runs a program that has to succeed.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        await using var process = ToolProcess.Start(program, arguments);
        if (await process.WaitAsync(Patience) is not 0 and var exit)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {exit}: {process.Errors}");
    }

    /// <summary>Waits until a service answers, whatever it says.</summary>
    public static async Task WaitForAnswerAsync(Uri address, params ToolProcess[] processes)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var end = DateTime.UtcNow + Patience;
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(address);
                return;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                if (Array.Find(processes, process => process.HasExited) is { } ended)
                    throw new InvalidOperationException($"a process of {address} has ended: {ended.Errors}");
                if (DateTime.UtcNow > end)
                    throw new TimeoutException($"nothing answers at {address}: {string.Join('\n', processes.Select(process => process.Errors))}", e);
                await Task.Delay(100);
            }
        }
    }
}
