using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;

namespace KafkaBackup.Kafka.Tests.Connections;

/// <summary>A listener that does with each connection what a test says.</summary>
internal sealed class ScriptedBroker : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _serving = [];
    private readonly Task _accepting;

    private ScriptedBroker(Func<Peer, Task> serve)
    {
        _listener.Start();
        _accepting = AcceptAsync(serve);
    }

    /// <summary>Where it listens.</summary>
    public BrokerAddress Address => new("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);

    /// <summary>How many connections there have been.</summary>
    public int Connections { get; private set; }

    /// <summary>Answers the negotiation of versions with all that this codec speaks, then does as it is told.</summary>
    public static ScriptedBroker Speaking(Func<Peer, Task> serve) => Raw(async peer =>
    {
        var (header, _) = await peer.ReadAsync();
        await peer.AnswerAsync(header, Versions());
        await serve(peer);
    });

    /// <summary>Answers every request with what comes of it, in order; with null its connection ends.</summary>
    public static ScriptedBroker Answering(Func<Request, Response?> answer) => Speaking(async peer =>
    {
        while (true)
        {
            var (header, request) = await peer.ReadAsync();
            if (answer(request) is not { } response)
                return;
            await peer.AnswerAsync(header, response);
        }
    });

    /// <summary>Not even the negotiation is done for it.</summary>
    public static ScriptedBroker Raw(Func<Peer, Task> serve) => new(serve);

    public static ApiVersionsResponse Versions(params ApiVersionRange[] instead) => new()
    {
        ApiKeys = instead.Length > 0 ? instead : [.. Apis.All.Values.Select(api => new ApiVersionRange { ApiKey = (short)api.Key, MinVersion = api.MinVersion, MaxVersion = api.MaxVersion })],
    };

    /// <summary>Options that name this broker and lose patience soon.</summary>
    public ClusterOptions Options(double giveUpAfterSeconds = 20, params (string Name, string Value)[] properties) =>
        new(new Dictionary<string, string>(properties.Select(p => KeyValuePair.Create(p.Name, p.Value)))
        {
            ["bootstrap.servers"] = Address.ToString(),
            ["retry.backoff.ms"] = "1",
        })
        { GiveUpAfter = TimeSpan.FromSeconds(giveUpAfterSeconds) };

    /// <summary>A connection to this broker, opened and with its versions agreed on.</summary>
    public Task<BrokerConnection> ConnectAsync(params (string Name, string Value)[] properties) =>
        BrokerConnection.OpenAsync(Address, Options(20, properties), TimeProvider.System, default).WaitAsync(Eventually.Soon);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_serving);
    }

    private async Task AcceptAsync(Func<Peer, Task> serve)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stopping.Token);
                Connections++;
                _serving.Add(ServeAsync(socket, serve));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket socket, Func<Peer, Task> serve)
    {
        using (socket)
        {
            try
            {
                await serve(new Peer(socket, _stopping.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or EndOfStreamException)
            {
            }
        }
    }

    /// <summary>The other end of a connection.</summary>
    internal sealed class Peer(Socket socket, CancellationToken stopping)
    {
        /// <summary>Ends with the test.</summary>
        public CancellationToken Stopping => stopping;

        public async Task<(RequestHeader Header, Request Request)> ReadAsync()
        {
            var length = new byte[4];
            await FillAsync(length);
            var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            await FillAsync(frame);
            var (header, body) = Frames.ReadRequestHeader(frame);
            return (header, Frames.ReadRequest(Apis.Of(header.Key), body));
        }

        public Task AnswerAsync(RequestHeader request, Response response) => SendAsync(Frame(request, response));

        public async Task SendAsync(byte[] bytes)
        {
            for (ReadOnlyMemory<byte> rest = bytes; rest.Length > 0;)
                rest = rest[await socket.SendAsync(rest, stopping)..];
        }

        /// <summary>Takes a few bytes of what the client is sending, and no more.</summary>
        public Task TakeSomeAsync() => FillAsync(new byte[100]);

        /// <summary>Waits until the client has closed the connection.</summary>
        public async Task<bool> IsClosedByClientAsync()
        {
            try
            {
                while (await socket.ReceiveAsync(new byte[4096], stopping) > 0)
                {
                }
            }
            catch (SocketException)
            {
            }

            return true;
        }

        public static byte[] Frame(RequestHeader request, Response response)
        {
            using var frame = Frames.WriteResponse(Apis.Of(request.Key), request.Version, new ResponseHeader { CorrelationId = request.CorrelationId }, response);
            return frame.Written.ToArray();
        }

        private async Task FillAsync(Memory<byte> target)
        {
            while (target.Length > 0)
            {
                var read = await socket.ReceiveAsync(target, stopping);
                target = read > 0 ? target[read..] : throw new EndOfStreamException();
            }
        }
    }
}
