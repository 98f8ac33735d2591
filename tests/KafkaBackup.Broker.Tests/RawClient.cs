using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Tests;

/// <summary>Sends single frames, so that a test can say what no client library would.</summary>
internal sealed class RawClient(Socket socket) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private int _correlation;

    public static async Task<RawClient> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RawClient(socket);
    }

    /// <summary>Sends a request, by default of the highest version, and waits for its answer.</summary>
    public async Task<TResponse> AskAsync<TResponse>(Request<TResponse> request, short? version = null)
        where TResponse : Response, new()
    {
        await SendAsync(request, version);
        return (TResponse)await ReceiveAsync(request.Key, version);
    }

    public async Task SendAsync(Request request, short? version = null)
    {
        var header = new RequestHeader
        {
            Key = request.Key,
            Version = version ?? Apis.Of(request.Key).MaxVersion,
            CorrelationId = ++_correlation,
            ClientId = "raw",
        };
        using var frame = Frames.WriteRequest(header, request);
        await SendAsync(frame.Written);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes).AsTask().WaitAsync(Limit)..];
    }

    public async Task<Response> ReceiveAsync(ApiKey key, short? version = null)
    {
        var frame = await ReceiveFrameAsync() ?? throw new IOException("the broker closed the connection");
        return Frames.ReadResponse(Apis.Of(key), version ?? Apis.Of(key).MaxVersion, frame).Response;
    }

    /// <summary>Null: the broker closed the connection.</summary>
    public async Task<byte[]?> ReceiveFrameAsync()
    {
        var length = new byte[4];
        if (!await FillAsync(length))
            return null;
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        return await FillAsync(frame) ? frame : null;
    }

    /// <summary>Ends the connection as the death of a process does.</summary>
    public void Kill()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose() => socket.Dispose();

    private async Task<bool> FillAsync(Memory<byte> target)
    {
        while (target.Length > 0)
        {
            int received;
            try
            {
                received = await socket.ReceiveAsync(target).AsTask().WaitAsync(Limit);
            }
            catch (SocketException)
            {
                return false;
            }

            if (received == 0)
                return false;
            target = target[received..];
        }

        return true;
    }
}
