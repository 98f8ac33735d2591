using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Http;

namespace KafkaBackup.Cli.Running;

/// <summary>Asks a running service.</summary>
internal sealed class ServiceClient : IDisposable
{
    private readonly HttpClient _http;

    public ServiceClient(Uri host, string? apiKey)
    {
        _http = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = host };
        _http.DefaultRequestHeaders.Add(Caller.Header, Requester.Here);
        if (apiKey is not null)
            _http.DefaultRequestHeaders.Add("X-Api-Key", apiKey);
    }

    public Task<T> GetAsync<T>(string path, CancellationToken cancellation) => SendAsync<T>(new HttpRequestMessage(HttpMethod.Get, path), cancellation);

    public async Task<string> GetTextAsync(string path, CancellationToken cancellation)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellation);
        return await response.Content.ReadAsStringAsync(cancellation);
    }

    /// <summary>A page of a list, and how to ask for the next one; null if there is none.</summary>
    public async Task<(T Page, string? Next)> GetPageAsync<T>(string path, string? continuation, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (continuation is not null)
            request.Headers.Add(InstanceRoutes.Continuation, continuation);
        using var response = await SendAsync(request, cancellation);
        var next = response.Headers.TryGetValues(InstanceRoutes.Continuation, out var tokens) ? tokens.FirstOrDefault() : null;
        return ((await response.Content.ReadFromJsonAsync<T>(HttpJson.Options, cancellation))!, next);
    }

    public Task<T> PostAsync<T>(string path, HttpContent? body, CancellationToken cancellation) =>
        SendAsync<T>(new HttpRequestMessage(HttpMethod.Post, path) { Content = body }, cancellation);

    public Task<T> DeleteAsync<T>(string path, CancellationToken cancellation) => SendAsync<T>(new HttpRequestMessage(HttpMethod.Delete, path), cancellation);

    public async Task DeleteAsync(string path, CancellationToken cancellation)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), cancellation);
    }

    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var response = await SendAsync(request, cancellation);
        return (await response.Content.ReadFromJsonAsync<T>(HttpJson.Options, cancellation))!;
    }

    /// <returns>An answer that is no error.</returns>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw new ServiceException(ExitCode.Failed, $"no service answers at {_http.BaseAddress}: {e.Message}; start one with 'kafka-backup host', or leave --host out");
        }

        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(cancellation);
            throw new ServiceException(
                (int)response.StatusCode switch { 400 or 401 => ExitCode.WrongUsage, 404 => ExitCode.NotFound, 409 => ExitCode.Refused, _ => ExitCode.Failed },
                $"{request.RequestUri}: {Detail(text) ?? response.ReasonPhrase}");
        }
    }

    private static string? Detail(string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}

/// <summary>A running service refused, or is not there.</summary>
internal sealed class ServiceException(ExitCode exit, string message) : Exception(message)
{
    public ExitCode Exit { get; } = exit;
}
