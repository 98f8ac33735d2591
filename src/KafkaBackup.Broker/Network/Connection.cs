using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Broker.Handlers;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Broker.Network;

/// <summary>
/// A client's connection. Requests are answered one after the other, in their order; while one is handled the next are read. What has been
/// read is handled even if the client is gone by then, as by a real broker.
/// </summary>
internal sealed partial class Connection(
    Socket socket, ApiTable apis, BrokerOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Requests read ahead.</summary>
    private const int ReadAhead = 4;

    private readonly string _clientHost = "/" + ((socket.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "");
    private readonly CancellationTokenSource _gone = new();
    private readonly SemaphoreSlim _room = new(ReadAhead);
    private long _goneAt;

    /// <param name="Buffer">From the shared pool.</param>
    /// <param name="Length">Bytes of it that are the frame.</param>
    /// <param name="ArrivedAt">When it had been read.</param>
    /// <param name="TookRoom">Whether it counts among those read ahead.</param>
    private readonly record struct Frame(byte[] Buffer, int Length, long ArrivedAt, bool TookRoom);

    /// <summary>Serves the client until it is gone or the broker stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var frames = Channel.CreateUnbounded<Frame>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        using var stop = stopping.Register(Cut);
        var reading = ReadFramesAsync(frames.Writer, stopping);
        try
        {
            await foreach (var frame in frames.Reader.ReadAllAsync(stopping).ConfigureAwait(false))
                await HandleAsync(frame, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is MalformedMessageException or OperationCanceledException or ObjectDisposedException)
        {
            LogEnded(logger, _clientHost, e.Message);
        }
        catch (Exception e)
        {
            LogFailed(logger, e, _clientHost);
        }
        finally
        {
            Cut();
            await reading.ConfigureAwait(false);
        }
    }

    private async Task ReadFramesAsync(ChannelWriter<Frame> frames, CancellationToken stopping)
    {
        var length = new byte[Frames.LengthSize];
        try
        {
            while (await ReceiveAsync(length).ConfigureAwait(false))
            {
                var size = BinaryPrimitives.ReadInt32BigEndian(length);
                if (size < 0 || size > options.MaxRequestBytes)
                    break;
                // What a client that is killed has sent must be off the socket before its reset comes: then nothing bounds what is read ahead.
                var takesRoom = options.Faults.Late is null;
                if (takesRoom)
                    await _room.WaitAsync(stopping).ConfigureAwait(false);
                var buffer = ArrayPool<byte>.Shared.Rent(size);
                if (!await ReceiveAsync(buffer.AsMemory(0, size)).ConfigureAwait(false))
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    break;
                }

                frames.TryWrite(new Frame(buffer, size, time.GetTimestamp(), takesRoom));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client is gone, or the broker stops.
        }

        Volatile.Write(ref _goneAt, time.GetTimestamp());
        await _gone.CancelAsync().ConfigureAwait(false);
        frames.Complete();
    }

    private async Task<bool> ReceiveAsync(Memory<byte> target)
    {
        while (target.Length > 0)
        {
            var received = await socket.ReceiveAsync(target, SocketFlags.None).ConfigureAwait(false);
            if (received == 0)
                return false;
            target = target[received..];
        }

        return true;
    }

    private async Task HandleAsync(Frame frame, CancellationToken stopping)
    {
        try
        {
            await AnswerAsync(frame, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException && !stopping.IsCancellationRequested)
        {
            // This answer finds nobody; what else the client has sent is handled all the same.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame.Buffer);
            if (frame.TookRoom)
                _room.Release();
        }
    }

    private async Task AnswerAsync(Frame frame, CancellationToken stopping)
    {
        var (header, body) = Frames.ReadRequestHeader(frame.Buffer.AsMemory(0, frame.Length));
        if (apis.Find(header.Key, header.Version) is not { } handler)
        {
            if (header.Key != ApiKey.ApiVersions)
                throw new MalformedMessageException($"API {header.Key} version {header.Version} is not spoken");
            // What is spoken is said in version 0, which a client of any age can read (KIP-511).
            await SendAsync(Apis.Of(ApiKey.ApiVersions), 0, header.CorrelationId, apis.Describe(ErrorCode.UnsupportedVersion)).ConfigureAwait(false);
            return;
        }

        var api = Apis.Of(header.Key);

        await HoldAsync(frame, header.Key, stopping).ConfigureAwait(false);
        if (options.Faults.TakeCut(header.Key, afterHandling: false))
            throw new MalformedMessageException("the connection is cut on purpose");
        var request = Frames.ReadRequest(api, body);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stopping, _gone.Token);
        using var context = new RequestContext(header.Version, header.ClientId ?? "", _clientHost, ends.Token);
        var response = options.Faults.TakeError(header.Key) is var error and not ErrorCode.None
            ? ErrorResponses.For(request, error)
            : await handler.HandleAsync(request, context).ConfigureAwait(false);
        if (options.Faults.TakeCut(header.Key, afterHandling: true))
            throw new MalformedMessageException("the connection is cut on purpose");
        if (response is not null)
            await SendAsync(api, header.Version, header.CorrelationId, response).ConfigureAwait(false);
    }

    private async Task HoldAsync(Frame frame, ApiKey key, CancellationToken stopping)
    {
        if (options.Faults.DelayOf(key) is { Ticks: > 0 } delay)
            await UntilAsync(frame.ArrivedAt, delay, stopping).ConfigureAwait(false);
        if (key != ApiKey.Produce || options.Faults.Late is not { } late)
            return;
        try
        {
            await UntilAsync(frame.ArrivedAt, late.Hold, _gone.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await UntilAsync(Volatile.Read(ref _goneAt), late.Late, stopping).ConfigureAwait(false);
        }
    }

    private async Task UntilAsync(long since, TimeSpan span, CancellationToken cancellation)
    {
        var left = span - time.GetElapsedTime(since);
        if (left > TimeSpan.Zero)
            await Task.Delay(left, time, cancellation).ConfigureAwait(false);
        else
            cancellation.ThrowIfCancellationRequested();
    }

    private async Task SendAsync(Api api, short version, int correlationId, Response response)
    {
        using var writer = Frames.WriteResponse(api, version, new ResponseHeader { CorrelationId = correlationId }, response);
        for (var rest = writer.Written; rest.Length > 0;)
            rest = rest[await socket.SendAsync(rest, SocketFlags.None).ConfigureAwait(false)..];
    }

    private void Cut()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is cut already.
        }

        socket.Dispose();
    }

    [LoggerMessage(10, LogLevel.Debug, "Connection of {Client} ended: {Reason}")]
    private static partial void LogEnded(ILogger logger, string client, string reason);

    [LoggerMessage(11, LogLevel.Error, "Connection of {Client} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string client);
}
