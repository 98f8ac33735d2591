using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KafkaBackup.Testing.Processes;

/// <summary>Stands before a server of HTTP on loopback, and answers in its place, as Azure Tables does, that it is busy for as long as it is told to.</summary>
public sealed class BusyProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> connections = new();
    private readonly int target;
    private readonly Task accepting;
    private volatile bool isBusy;
    private int refusals;

    /// <param name="target">The port of the server.</param>
    public BusyProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How many requests it has refused.</summary>
    public int Refusals => refusals;

    /// <summary>Whether every request is answered with 503. Connections that are open are cut.</summary>
    public bool IsBusy
    {
        get => isBusy;
        set
        {
            isBusy = value;
            foreach (var connection in connections.Keys)
                connection.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        foreach (var connection in connections.Keys)
            connection.Dispose();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // It was stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        connections[client] = true;
        try
        {
            using (client)
            {
                if (isBusy)
                    await RefuseAsync(client.GetStream());
                else
                    await PassOnAsync(client.GetStream());
            }
        }
        catch (Exception cut) when (cut is IOException or SocketException or ObjectDisposedException)
        {
            // One of the sides has gone.
        }
        finally
        {
            connections.TryRemove(client, out _);
        }
    }

    private async Task PassOnAsync(NetworkStream near)
    {
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, target);
        var far = server.GetStream();
        await Task.WhenAny(near.CopyToAsync(far), far.CopyToAsync(near));
    }

    private async Task RefuseAsync(NetworkStream near)
    {
        using var reader = new StreamReader(near, Encoding.Latin1, leaveOpen: true);
        var length = 0;
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                length = int.Parse(line.AsSpan("Content-Length:".Length));
        }
        if (length > 0)
            await reader.ReadBlockAsync(new char[length]);
        Interlocked.Increment(ref refusals);
        const string Answer = """{"odata.error":{"code":"ServerBusy","message":{"lang":"en-US","value":"The server is busy."}}}""";
        await near.WriteAsync(Encoding.Latin1.GetBytes(
            $"HTTP/1.1 503 Server Busy\r\nx-ms-error-code: ServerBusy\r\nContent-Type: application/json\r\nContent-Length: {Answer.Length}\r\nConnection: close\r\n\r\n{Answer}"));
    }
}
