using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Connections;

/// <summary>
/// One connection to one broker. Requests may be sent before earlier ones are answered; a broker answers in order. After any broken
/// exchange (a time-out, a cancelled read, bytes that make no sense) the connection is dropped: what half a frame left behind can't be told
/// from the next one.
/// </summary>
public sealed class BrokerConnection : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly ClusterOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Queue<Exchange> _awaited = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _receiving;
    private IReadOnlyDictionary<ApiKey, short> _versions = new Dictionary<ApiKey, short>();
    private Exception? _broken;
    private int _correlation;

    private BrokerConnection(BrokerAddress broker, Socket socket, ClusterOptions options, TimeProvider time)
    {
        Broker = broker;
        _socket = socket;
        _options = options;
        _time = time;
        _receiving = Task.Run(ReceiveAsync);
    }

    /// <summary>Where it leads.</summary>
    public BrokerAddress Broker { get; }

    /// <summary>Whether it can still be used.</summary>
    public bool IsOpen => Volatile.Read(ref _broken) is null;

    /// <summary>Connects and learns which versions the broker speaks.</summary>
    /// <exception cref="BrokerConnectionException">Nobody answers there.</exception>
    public static async Task<BrokerConnection> OpenAsync(BrokerAddress broker, ClusterOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        BrokerConnection connection;
        try
        {
            using var deadline = new CancellationTokenSource(options.ConnectTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
            await socket.ConnectAsync(broker.Host, broker.Port, either.Token);
            connection = new BrokerConnection(broker, socket, options, time);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            var reason = e is SocketException s ? s.Message : $"no answer within {options.ConnectTimeout.TotalSeconds:0.#} s";
            throw new BrokerConnectionException(broker, $"can't connect: {reason}", e);
        }

        try
        {
            connection._versions = await ApiNegotiation.AskAsync(connection, cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The highest version of an API that both sides speak.</summary>
    /// <exception cref="UnsupportedBrokerException">There is none.</exception>
    public short VersionOf(ApiKey api) =>
        _versions.TryGetValue(api, out var version)
            ? version
            : throw new UnsupportedBrokerException(Broker, $"it speaks no version of {api} that is spoken here ({Apis.Of(api).MinVersion}-{Apis.Of(api).MaxVersion})");

    /// <summary>Sends a request and awaits its response.</summary>
    /// <exception cref="BrokerConnectionException">The connection broke, or the broker did not answer in time.</exception>
    /// <exception cref="UnsupportedBrokerException">The broker does not speak it.</exception>
    public async Task<ResponseLease<TResponse>> SendAsync<TResponse>(Request<TResponse> request, CancellationToken cancellation)
        where TResponse : Response, new() => await await BeginAsync(request, VersionOf(request.Key), cancellation);

    /// <summary>
    /// Sends a request; the outer task ends when it is on its way, the inner one when its response is there. Requests reach the broker in
    /// the order in which this is called.
    /// </summary>
    public Task<Task<ResponseLease<TResponse>>> BeginAsync<TResponse>(Request<TResponse> request, CancellationToken cancellation)
        where TResponse : Response, new() => BeginAsync(request, VersionOf(request.Key), cancellation);

    internal async Task<Task<ResponseLease<TResponse>>> BeginAsync<TResponse>(Request<TResponse> request, short version, CancellationToken cancellation)
        where TResponse : Response, new()
    {
        var exchange = new Exchange(Apis.Of(request.Key), version);
        await _sending.WaitAsync(cancellation);
        try
        {
            lock (_awaited)
            {
                if (_broken is { } broken)
                    throw Lost(broken);
                exchange.CorrelationId = ++_correlation;
                _awaited.Enqueue(exchange);
            }

            var header = new RequestHeader { Key = request.Key, Version = version, CorrelationId = exchange.CorrelationId, ClientId = _options.ClientId };
            using var frame = Frames.WriteRequest(header, request);
            using var deadline = new CancellationTokenSource(_options.RequestTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token, deadline.Token, cancellation);
            await WriteAsync(frame.Written, either.Token);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Whoever gave up, half a frame may lie on the connection.
            Break(e is OperationCanceledException && !cancellation.IsCancellationRequested
                ? new TimeoutException($"the broker did not take {request.Key} within {_options.RequestTimeout.TotalSeconds:0.#} s", e)
                : e);
            cancellation.ThrowIfCancellationRequested();
            throw Lost(_broken!);
        }
        finally
        {
            _sending.Release();
        }

        return AwaitAsync<TResponse>(exchange, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        Break(new ObjectDisposedException(nameof(BrokerConnection)));
        await _receiving;
        // The semaphore and the token source are left to the collector: a request that still waits for its turn has to get it, and then
        // learns that the connection is gone. Disposed of, they would leave it waiting for ever.
    }

    private async Task<ResponseLease<TResponse>> AwaitAsync<TResponse>(Exchange exchange, CancellationToken cancellation)
        where TResponse : Response, new()
    {
        byte[] frame;
        int length;
        try
        {
            (frame, length) = await exchange.Answer.Task.WaitAsync(_options.RequestTimeout, _time, cancellation);
        }
        catch (TimeoutException e)
        {
            Break(e);
            throw new BrokerConnectionException(Broker, $"no answer to {exchange.Api.Key} within {_options.RequestTimeout.TotalSeconds:0.#} s", e);
        }
        catch (OperationCanceledException e) when (cancellation.IsCancellationRequested)
        {
            Break(e);
            throw;
        }

        try
        {
            var (_, response) = Frames.ReadResponse(exchange.Api, exchange.Version, frame.AsMemory(0, length));
            return new ResponseLease<TResponse>((TResponse)response, frame);
        }
        catch (MalformedMessageException e)
        {
            ArrayPool<byte>.Shared.Return(frame);
            Break(e);
            throw new BrokerConnectionException(Broker, $"its answer to {exchange.Api.Key} v{exchange.Version} can't be read: {e.Message}", e);
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (bytes.Length > 0)
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, cancellation)..];
    }

    private async Task ReceiveAsync()
    {
        var length = new byte[Frames.LengthSize];
        try
        {
            while (true)
            {
                await FillAsync(length);
                var size = BinaryPrimitives.ReadInt32BigEndian(length);
                if (size < sizeof(int) || size > _options.MaxResponseBytes)
                    throw new MalformedMessageException($"a response claims {size} bytes; receive.message.max.bytes is {_options.MaxResponseBytes}");
                var frame = ArrayPool<byte>.Shared.Rent(size);
                await FillAsync(frame.AsMemory(0, size));
                Answer(frame, size);
            }
        }
        catch (Exception e) when (e is SocketException or MalformedMessageException or EndOfStreamException or ObjectDisposedException or OperationCanceledException)
        {
            Break(e);
        }
    }

    private void Answer(byte[] frame, int size)
    {
        Exchange? exchange;
        var correlation = BinaryPrimitives.ReadInt32BigEndian(frame);
        lock (_awaited)
        {
            // One that is not answered stays, so that whoever awaits it learns that the connection broke.
            if (!_awaited.TryPeek(out exchange) || exchange.CorrelationId != correlation)
                throw new MalformedMessageException($"response {correlation} came where {exchange?.CorrelationId.ToString() ?? "none"} was awaited");
            _awaited.Dequeue();
        }

        exchange.Answer.TrySetResult((frame, size));
    }

    private async Task FillAsync(Memory<byte> target)
    {
        while (target.Length > 0)
        {
            var read = await _socket.ReceiveAsync(target, SocketFlags.None, _closed.Token);
            target = read > 0 ? target[read..] : throw new EndOfStreamException("the broker closed the connection");
        }
    }

    private void Break(Exception reason)
    {
        List<Exchange> lost;
        lock (_awaited)
        {
            if (_broken is not null)
                return;
            _broken = reason;
            lost = [.. _awaited];
            _awaited.Clear();
        }

        _closed.Cancel();
        _socket.Dispose();
        foreach (var exchange in lost)
            exchange.Answer.TrySetException(Lost(reason));
    }

    private BrokerConnectionException Lost(Exception reason) => new(Broker, $"the connection was lost: {reason.Message}", reason);

    private sealed class Exchange(Api api, short version)
    {
        public Api Api { get; } = api;

        public short Version { get; } = version;

        public int CorrelationId { get; set; }

        public TaskCompletionSource<(byte[] Frame, int Length)> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
