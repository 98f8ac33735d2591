using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Secrets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Host.Http;

/// <summary>Answers every error with a problem document (RFC 9457).</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { StatusCode: StatusCodes.Status415UnsupportedMediaType, HasStarted: false })
                await WriteAsync(context, context.Response.StatusCode, "Wrong content type", $"send JSON as Content-Type: application/json, not {context.Request.ContentType ?? "nothing"}", null);
            else if (context.Response is { StatusCode: StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed, HasStarted: false, ContentLength: null })
                await WriteAsync(context, context.Response.StatusCode, "No such route", $"{context.Request.Method} {context.Request.Path} is not served; /openapi/v1.json lists what is", null);
        }
        catch (BodyException e)
        {
            await WriteAsync(context, StatusCodes.Status400BadRequest, "Wrong request", e.Message, e.Errors);
        }
        catch (BadHttpRequestException e)
        {
            await WriteAsync(context, e.StatusCode, "Wrong request", e.Message, null);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            var error = ErrorTable.Of(e);
            if (error.Status == StatusCodes.Status500InternalServerError)
                LogFailure(logger, context.Request.Path, e);
            await WriteAsync(context, error.Status, error.Title, error.Detail, null);
        }
    }

    internal static Task WriteAsync(HttpContext context, int status, string title, string detail, IReadOnlyDictionary<string, string[]>? errors)
    {
        // Callers' own words come back to them; the service's secrets among them do not.
        var secrets = context.RequestServices.GetRequiredService<KnownSecrets>();
        var problem = new ProblemDetails { Status = status, Title = title, Detail = secrets.Redact(detail), Instance = secrets.Redact(context.Request.Path) };
        if (errors is not null)
            problem.Extensions["errors"] = errors.ToDictionary(each => secrets.Redact(each.Key), each => each.Value.Select(secrets.Redact).ToArray());
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(problem, HttpJson.Options, "application/problem+json", context.RequestAborted);
    }

    [LoggerMessage(3101, LogLevel.Error, "{Path} failed")]
    private static partial void LogFailure(ILogger logger, string path, Exception exception);
}
