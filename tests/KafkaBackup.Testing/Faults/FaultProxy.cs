using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KafkaBackup.Testing.Faults;

/// <summary>An HTTP proxy before a service, on a free loopback port, that does to each request what a test decides. It passes messages on as they stand.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly int _target;
    private readonly Func<ProxiedRequest, Fault> _decide;
    private readonly Task _accepting;
    private int _requests;

    /// <param name="target">The service's port on the loopback.</param>
    /// <param name="decide">Says what happens to a request. Called from several connections at once.</param>
    public FaultProxy(int target, Func<ProxiedRequest, Fault> decide)
    {
        (_target, _decide) = (target, decide);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Requests so far.</summary>
    public int Requests => _requests;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_connections).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
            _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var service = new TcpClient();
        using (client)
        {
            try
            {
                await service.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                (client.NoDelay, service.NoDelay) = (true, true);
                var (down, up) = (client.GetStream(), service.GetStream());
                await using var requests = new BufferedStream(down, 64 * 1024);
                await using var answers = new BufferedStream(up, 64 * 1024);
                while (await HttpMessage.ReadAsync(requests, _stop.Token) is { } request && await ExchangeAsync(request, requests, up, answers, down))
                {
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One side has gone; the other is closed.
            }

            // A reset, as of a connection that breaks, instead of an orderly end.
            if (client.Client is { } socket)
                socket.LingerState = new LingerOption(true, 0);
        }
    }

    /// <summary>One request and its answer; false if the connection ends here.</summary>
    private async Task<bool> ExchangeAsync(HttpMessage request, BufferedStream requests, NetworkStream up, BufferedStream answers, NetworkStream down)
    {
        var parts = request.FirstLine.Split(' ');
        var fault = _decide(new ProxiedRequest(Interlocked.Increment(ref _requests), parts[0], parts[1], request.Length ?? 0));
        if (request.ExpectsContinue)
            await down.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), _stop.Token);
        if (fault is Fault.Answer answer)
        {
            await request.CopyBodyAsync(requests, null, true, long.MaxValue, _stop.Token);
            await down.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 {answer.Status} Fault\r\n{string.Concat(answer.Headers.Select(line => line + "\r\n"))}Content-Length: 0\r\n\r\n"), _stop.Token);
            return true;
        }

        if (fault is Fault.Silence)
        {
            await request.CopyBodyAsync(requests, null, true, long.MaxValue, _stop.Token);
            // Reads until the client closes.
            return await requests.ReadAsync(new byte[1], _stop.Token) < 0;
        }

        await up.WriteAsync(request.Head, _stop.Token);
        if (!await request.CopyBodyAsync(requests, up, true, fault is Fault.CutRequest cut ? cut.Bytes : long.MaxValue, _stop.Token))
            return false;
        return await AnswerAsync(parts[0], fault, answers, down);
    }

    private async Task<bool> AnswerAsync(string method, Fault fault, BufferedStream answers, NetworkStream down)
    {
        HttpMessage? answer;
        do
        {
            answer = await HttpMessage.ReadAsync(answers, _stop.Token);
        }
        while (answer?.Status == 100);
        if (answer is null || fault is Fault.LoseAnswer or Fault.CutRequest)
            return false;
        await down.WriteAsync(answer.Head, _stop.Token);
        var hasBody = method != "HEAD" && answer.Status is not (204 or 304);
        return await answer.CopyBodyAsync(answers, down, hasBody, fault is Fault.CutAnswer cut ? cut.Bytes : long.MaxValue, _stop.Token);
    }
}
