using System.Security.Cryptography;
using System.Text;
using KafkaBackup.Host.Configuration;
using Microsoft.AspNetCore.Http;

namespace KafkaBackup.Host.Http;

/// <summary>Lets only those in who send an API key. Health answers everybody.</summary>
internal sealed class ApiKeyMiddleware(RequestDelegate next, HostSettings settings)
{
    private const string Header = "X-Api-Key";

    private readonly (string? Name, byte[] Key)[] _keys =
    [
        .. settings.ApiKeys.Select(each => (each.Key, Encoding.UTF8.GetBytes(each.Value))),
        .. string.IsNullOrEmpty(settings.ApiKey) ? [] : ((string?, byte[])[])[(null, Encoding.UTF8.GetBytes(settings.ApiKey))],
    ];

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments("/health"))
            return next(context);
        var sent = Encoding.UTF8.GetBytes(context.Request.Headers[Header].ToString());
        // All of them, so that the time it takes tells nothing.
        var known = _keys.Where(each => CryptographicOperations.FixedTimeEquals(sent, each.Key)).ToList();
        if (known.Count == 0)
            return ProblemMiddleware.WriteAsync(context, StatusCodes.Status401Unauthorized, "No API key", $"send the configured API key as {Header}", null);
        if (known[0].Name is { } name)
            Caller.Authenticated(context, name);
        return next(context);
    }
}
