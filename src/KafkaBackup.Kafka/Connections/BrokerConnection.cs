using System.Buffers.Binary;
using System.Net.Sockets;
using KafkaBackup.Kafka.Security;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Connections;

/// <summary>
/// One connection to one broker. Requests may be sent before earlier ones are answered; a broker answers in order. After any broken
/// exchange (a time-out, a cancelled read, bytes that make no sense) the connection is dropped: what half a frame left behind can't be told
/// from the next one. A SASL session is renewed before it ends. Where a broker says that we are above a quota, nothing more is sent for as
/// long as it says.
/// </summary>
public sealed class BrokerConnection : IAsyncDisposable
{
    /// <summary>A claimed length is given memory at once up to here, in bytes; above, only as the bytes come.</summary>
    private const int BelievedAtOnce = 32 << 20;

    private readonly Stream _stream;
    private readonly ClusterOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Queue<Exchange> _awaited = new();
    private readonly FrameBuffers _buffers = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _receiving;
    private readonly QuotaPause _pause;
    private SaslSession? _session;
    private Exception? _broken;
    private int _correlation;
    private int _answered;

    private BrokerConnection(BrokerAddress broker, Stream stream, ClusterOptions options, TimeProvider time, ThrottleTime? throttled)
    {
        Broker = broker;
        _stream = stream;
        _options = options;
        _time = time;
        _pause = new QuotaPause(time, throttled);
        Capabilities = new BrokerCapabilities(broker, new Dictionary<ApiKey, short>());
        _receiving = Task.Run(ReceiveAsync);
    }

    /// <summary>Where it leads.</summary>
    public BrokerAddress Broker { get; }

    /// <summary>What the broker can do.</summary>
    public BrokerCapabilities Capabilities { get; private set; }

    /// <summary>Whether it can still be used.</summary>
    public bool IsOpen => Volatile.Read(ref _broken) is null;

    /// <summary>Connects, learns which versions the broker speaks, and authenticates.</summary>
    /// <exception cref="BrokerConnectionException">Nobody answers there.</exception>
    /// <exception cref="BrokerAuthenticationException">The two sides do not trust each other.</exception>
    public static async Task<BrokerConnection> OpenAsync(
        BrokerAddress broker, ClusterOptions options, TimeProvider time, CancellationToken cancellation, ThrottleTime? throttled = null)
    {
        var connection = new BrokerConnection(broker, await Transport.ConnectAsync(broker, options, time, cancellation), options, time, throttled);
        try
        {
            connection.Capabilities = new BrokerCapabilities(broker, await ApiNegotiation.AskAsync(connection, cancellation));
            if (options.Security.Sasl is { } sasl)
            {
                var session = new SaslSession(connection, sasl, options.Security, time);
                await session.AuthenticateAsync(cancellation);
                connection._session = session;
            }

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
    public short VersionOf(ApiKey api) => Capabilities.VersionOf(api);

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
        await _sending.WaitAsync(cancellation);
        try
        {
            await _pause.WaitAsync(_closed.Token, cancellation);
            if (_session is { IsDue: true } session)
                await session.AuthenticateAsync(cancellation);
            return await BeginAloneAsync(request, version, cancellation);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends a request while nobody else can: before the connection is handed out, and while its session is renewed.</summary>
    internal async Task<Task<ResponseLease<TResponse>>> BeginAloneAsync<TResponse>(Request<TResponse> request, short version, CancellationToken cancellation)
        where TResponse : Response, new()
    {
        var exchange = new Exchange(Apis.Of(request.Key), version);
        try
        {
            Await(exchange);
            var header = new RequestHeader { Key = request.Key, Version = version, CorrelationId = exchange.CorrelationId, ClientId = _options.ClientId };
            using var frame = Frames.WriteRequest(header, request);
            using var deadline = new CancellationTokenSource(_options.RequestTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token, deadline.Token, cancellation);
            await _stream.WriteAsync(frame.Written, either.Token);
            await _stream.FlushAsync(either.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Whoever gave up, half a frame may lie on the connection.
            Break(e is OperationCanceledException && !cancellation.IsCancellationRequested
                ? new TimeoutException($"the broker did not take {request.Key} within {_options.RequestTimeout.TotalSeconds:0.#} s", e)
                : e);
            cancellation.ThrowIfCancellationRequested();
            throw Lost(_broken!);
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
            _pause.Hear(response.ThrottleTimeMs);
            return new ResponseLease<TResponse>((TResponse)response, frame, _buffers);
        }
        catch (MalformedMessageException e)
        {
            _buffers.Return(frame);
            Break(e);
            throw new BrokerConnectionException(Broker, $"its answer to {exchange.Api.Key} v{exchange.Version} can't be read: {e.Message}", e);
        }
    }

    // A method of its own, which throws after the lock: a throw inside a lock inside BeginAsync, an async method whose try has a filter,
    // has been seen to leave the lock taken (.NET 10.0.12).
    private void Await(Exchange exchange)
    {
        lock (_awaited)
        {
            if (_broken is null)
            {
                exchange.CorrelationId = ++_correlation;
                _awaited.Enqueue(exchange);
                return;
            }
        }

        throw Lost(_broken);
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
                Answer(await ReceiveFrameAsync(size), size);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or MalformedMessageException or ObjectDisposedException or OperationCanceledException)
        {
            Break(e);
        }
    }

    private async Task<byte[]> ReceiveFrameAsync(int size)
    {
        var frame = _buffers.Rent(Math.Min(size, BelievedAtOnce));
        for (var filled = 0; ; )
        {
            var part = Math.Min(size, frame.Length);
            await FillAsync(frame.AsMemory(filled, part - filled));
            if (part == size)
                return frame;
            var larger = _buffers.Rent((int)Math.Min(size, frame.Length * 2L));
            frame.AsSpan(0, filled = part).CopyTo(larger);
            _buffers.Return(frame);
            frame = larger;
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

        _answered++;
        exchange.Answer.TrySetResult((frame, size));
    }

    private async Task FillAsync(Memory<byte> target)
    {
        while (target.Length > 0)
        {
            var read = await _stream.ReadAsync(target, _closed.Token);
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
        _stream.Dispose();
        foreach (var exchange in lost)
            exchange.Answer.TrySetException(Lost(reason));
    }

    private ClusterException Lost(Exception reason) =>
        _answered == 0 && _options.Security.Tls is not null && Transport.IsRefusalByTls(reason)
            ? new BrokerAuthenticationException(Broker, $"it refused the TLS session ({(reason.InnerException ?? reason).Message}): does it know the client certificate of ssl.certificate.location?", reason)
            : new BrokerConnectionException(Broker, $"the connection was lost: {reason.Message}{SecurityHint(reason)}", reason);

    // A listener that expects TLS or SASL answers ApiVersions at best, and hangs up on what comes next; one that does not like a client's
    // certificate may hang up without a word as well.
    private string SecurityHint(Exception reason) =>
        _answered > 1 || reason is not IOException || _session is not null ? ""
        : _answered == 0 && _options.Security.Tls is not null ? " after the TLS handshake; does it ask for a client certificate, and trust that of ssl.certificate.location?"
        : $" before it had answered anything; is security.protocol={_options.Security.Protocol} what its listener expects?";
}
