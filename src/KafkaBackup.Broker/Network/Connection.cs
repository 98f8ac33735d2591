using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Channels;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Broker.Handlers;
using KafkaBackup.Broker.Quotas;
using KafkaBackup.Broker.Security;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Broker.Network;

/// <summary>
/// A client's connection. Requests are answered one after the other, in their order; while one is handled the next are read. What has been
/// read is handled even if the client is gone by then, as by a real broker.
/// </summary>
internal sealed partial class Connection(
    Socket socket, ApiTable apis, Throttling throttling, ListenerSecurity security, NodeFaults faults, int maxRequestBytes, TimeProvider time, ILogger logger)
{
    /// <summary>Requests read ahead.</summary>
    private const int ReadAhead = 4;

    private readonly string _clientHost = "/" + ((socket.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "");
    private readonly CancellationTokenSource _gone = new();
    private readonly SemaphoreSlim _room = new(ReadAhead);
    private Stream _stream = Stream.Null;
    private long _goneAt;

    /// <param name="Buffer">From the shared pool.</param>
    /// <param name="Length">Bytes of it that are the frame.</param>
    /// <param name="ArrivedAt">When it had been read.</param>
    /// <param name="TookRoom">Whether it counts among those read ahead.</param>
    private readonly record struct Frame(byte[] Buffer, int Length, long ArrivedAt, bool TookRoom);

    /// <summary>Serves the client until it is gone or the broker stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var stop = stopping.Register(Cut);
        try
        {
            (_stream, var session) = await security.OpenAsync(new NetworkStream(socket), stopping).ConfigureAwait(false);
            using (session)
                await ServeAsync(session, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is MalformedMessageException or OperationCanceledException or ObjectDisposedException or IOException or AuthenticationException)
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
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(Session session, CancellationToken stopping)
    {
        var frames = Channel.CreateUnbounded<Frame>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var reading = ReadFramesAsync(frames.Writer, stopping);
        try
        {
            await foreach (var frame in frames.Reader.ReadAllAsync(stopping).ConfigureAwait(false))
                await HandleAsync(frame, session, stopping).ConfigureAwait(false);
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
                if (size < 0 || size > maxRequestBytes)
                    break;
                // What a client that is killed has sent must be off the socket before its reset comes: then nothing bounds what is read ahead.
                var takesRoom = faults.Late is null;
                if (takesRoom)
                    await _room.WaitAsync(stopping).ConfigureAwait(false);
                var buffer = ArrayPool<byte>.Shared.Rent(size);
                if (!await ReceiveAsync(buffer.AsMemory(0, size)).ConfigureAwait(false))
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    break;
                }

                if (!takesRoom && size >= sizeof(short))
                    faults.NoteRead((ApiKey)BinaryPrimitives.ReadInt16BigEndian(buffer));
                frames.TryWrite(new Frame(buffer, size, time.GetTimestamp(), takesRoom));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
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
            var received = await _stream.ReadAsync(target).ConfigureAwait(false);
            if (received == 0)
                return false;
            target = target[received..];
        }

        return true;
    }

    private async Task HandleAsync(Frame frame, Session session, CancellationToken stopping)
    {
        try
        {
            await AnswerAsync(frame, session, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException && !stopping.IsCancellationRequested)
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

    private async Task AnswerAsync(Frame frame, Session session, CancellationToken stopping)
    {
        var bytes = frame.Buffer.AsMemory(0, frame.Length);
        if (session.ExpectsBareToken)
        {
            await AnswerBareAsync(session, bytes).ConfigureAwait(false);
            return;
        }

        var (header, body) = Frames.ReadRequestHeader(bytes);
        if (!session.MayAsk(header.Key))
            throw new MalformedMessageException($"{header.Key} has to wait until the client has said who it is");
        if (apis.Find(header.Key, header.Version) is not { } handler)
        {
            if (header.Key != ApiKey.ApiVersions)
                throw new MalformedMessageException($"API {header.Key} version {header.Version} is not spoken");
            await SendSpokenAsync(header).ConfigureAwait(false);
            return;
        }

        var api = Apis.Of(header.Key);
        await HoldAsync(frame, header.Key, stopping).ConfigureAwait(false);
        CutOnPurpose(header.Key, afterHandling: false);
        var request = Frames.ReadRequest(api, body);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stopping, _gone.Token);
        using var context = new RequestContext(header.Version, header.ClientId ?? "", _clientHost, session, ends.Token);
        var error = faults.TakeError(header.Key);
        if (error == ErrorCode.UnsupportedVersion && header.Key == ApiKey.ApiVersions)
        {
            await SendSpokenAsync(header).ConfigureAwait(false);
            return;
        }

        var response = error != ErrorCode.None ? ErrorResponses.For(request, error) : await apis.HandleAsync(handler, request, context).ConfigureAwait(false);
        CutOnPurpose(header.Key, afterHandling: true);
        if (Corruption.CanDamage(response) && faults.TakeCorruption(header.Key))
            Corruption.Damage(response!);
        (response, var wait) = throttling.Apply(header.Key, frame.Length, response, session, header.ClientId ?? "");
        if (response is not null)
            await SendAsync(api, header.Version, header.CorrelationId, response).ConfigureAwait(false);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, stopping).ConfigureAwait(false);
        if (session.HasFailed)
            throw new MalformedMessageException("the client could not say who it is");
    }

    // To an ApiVersions request of a version that is not spoken: in version 0, which a client of any age can read (KIP-511).
    private Task SendSpokenAsync(RequestHeader asked) => SendAsync(Apis.Of(ApiKey.ApiVersions), 0, asked.CorrelationId, apis.Describe(ErrorCode.UnsupportedVersion));

    // After a handshake of version 0 tokens travel without a header, each behind its length; a refusal is the end of the connection.
    private async Task AnswerBareAsync(Session session, ReadOnlyMemory<byte> token)
    {
        var answer = session.Authenticate(token.Span);
        if (session.HasFailed)
            throw new MalformedMessageException("the client could not say who it is");
        var length = new byte[Frames.LengthSize];
        BinaryPrimitives.WriteInt32BigEndian(length, answer.AuthBytes.Length);
        await _stream.WriteAsync((byte[])[.. length, .. answer.AuthBytes.Span]).ConfigureAwait(false);
    }

    private void CutOnPurpose(ApiKey key, bool afterHandling)
    {
        if (faults.TakeCut(key, afterHandling))
            throw new MalformedMessageException("the connection is cut on purpose");
    }

    private async Task HoldAsync(Frame frame, ApiKey key, CancellationToken stopping)
    {
        if (faults.TakeDelay(key) is { Ticks: > 0 } delay)
            await UntilAsync(frame.ArrivedAt, delay, stopping).ConfigureAwait(false);
        if (key != ApiKey.Produce || faults.Late is not { } late)
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
        await _stream.WriteAsync(writer.Written).ConfigureAwait(false);
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
