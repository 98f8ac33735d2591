using System.Net;
using System.Text;

namespace KafkaBackup.Kafka.Tests.Security;

/// <summary>A token endpoint of a test's own: OAuth 2 client credentials over plain HTTP on loopback.</summary>
internal sealed class TokenEndpoint : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<string, string, (int Status, string Body)> _answer;
    private readonly Task _serving;

    /// <param name="answer">The answer to an Authorization header and a form.</param>
    public TokenEndpoint(Func<string, string, (int Status, string Body)> answer)
    {
        _answer = answer;
        for (var tries = 0; ; tries++)
        {
            var port = Random.Shared.Next(20_000, 60_000);
            try
            {
                _listener.Prefixes.Clear();
                _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                _listener.Start();
                Url = $"http://127.0.0.1:{port}/token";
                break;
            }
            catch (HttpListenerException) when (tries < 50)
            {
                _listener = new HttpListener();
            }
        }

        _serving = ServeAsync();
    }

    public string Url { get; }

    public int Asked { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                Asked++;
                using var form = new StreamReader(context.Request.InputStream);
                var (status, body) = _answer(context.Request.Headers["Authorization"] ?? "", await form.ReadToEndAsync());
                context.Response.StatusCode = status;
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
