using System.Security.Cryptography;
using System.Text;
using KafkaBackup.Host.Configuration;
using Microsoft.AspNetCore.Http;

namespace KafkaBackup.Host.Http;

/// <summary>Lets only those in who send the API key. Health answers everybody.</summary>
internal sealed class ApiKeyMiddleware(RequestDelegate next, HostSettings settings)
{
    private const string Header = "X-Api-Key";
    private readonly byte[] _key = Encoding.UTF8.GetBytes(settings.ApiKey!);

    public Task InvokeAsync(HttpContext context)
    {
        var sent = Encoding.UTF8.GetBytes(context.Request.Headers[Header].ToString());
        return context.Request.Path.StartsWithSegments("/health") || CryptographicOperations.FixedTimeEquals(sent, _key)
            ? next(context)
            : ProblemMiddleware.WriteAsync(context, StatusCodes.Status401Unauthorized, "No API key", $"send the configured API key as {Header}", null);
    }
}
