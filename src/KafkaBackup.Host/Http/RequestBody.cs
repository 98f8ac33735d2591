using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using KafkaBackup.Host.Configuration;
using Microsoft.AspNetCore.Http;

namespace KafkaBackup.Host.Http;

/// <summary>A request's body makes no sense; each fault names its field.</summary>
internal sealed class BodyException(IReadOnlyDictionary<string, string[]> errors)
    : Exception(string.Join("; ", errors.Select(e => $"{e.Key}: {string.Join(", ", e.Value)}")))
{
    public IReadOnlyDictionary<string, string[]> Errors { get; } = errors;
}

/// <summary>Reads a request's body strictly: a field that is not known, or is of the wrong kind, is an error that names it.</summary>
internal static class RequestBody
{
    private static readonly JsonSerializerOptions Strict = new(HttpJson.Options)
    {
        RespectNullableAnnotations = true,
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public static async Task<T> ReadAsync<T>(HttpRequest request, CancellationToken cancellation)
    {
        var document = await ReadJsonAsync(request, cancellation);
        if (document.ValueKind != JsonValueKind.Object)
            throw Fault("$", $"a JSON object is wanted, not {Describe(document.ValueKind)}");
        var known = Strict.GetTypeInfo(typeof(T)).Properties;
        var errors = new Dictionary<string, string[]>();
        foreach (var field in document.EnumerateObject())
        {
            if (known.FirstOrDefault(p => p.Name == field.Name) is not { } property)
                errors[field.Name] = [$"unknown; did you mean '{Nearest.To(field.Name, known.Select(p => p.Name))}'?"];
            else if (Misfit(field.Value, property.PropertyType) is { } fault)
                errors[field.Name] = [fault];
        }

        foreach (var missing in known.Where(p => p.IsRequired && !document.TryGetProperty(p.Name, out _)))
            errors[missing.Name] = ["missing"];
        return errors.Count == 0 ? document.Deserialize<T>(Strict)! : throw new BodyException(errors);
    }

    /// <summary>The body as JSON, whatever it is.</summary>
    public static async Task<JsonElement> ReadJsonAsync(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, new JsonDocumentOptions { AllowDuplicateProperties = false }, cancellation);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw Fault("$", $"the body is no JSON: {e.Message}");
        }
    }

    private static string? Misfit(JsonElement value, Type type)
    {
        try
        {
            return value.ValueKind == JsonValueKind.Null && Nullable.GetUnderlyingType(type) is null
                ? "null is not allowed here"
                : value.Deserialize(type, Strict) switch
                {
                    string { Length: 0 } => "is empty",
                    IEnumerable<string?> list when list.Any(string.IsNullOrEmpty) => "has an item that is empty",
                    _ => null,
                };
        }
        catch (JsonException)
        {
            return $"{value.GetRawText()} is not what is wanted here: {Describe(type)}";
        }
    }

    private static string Describe(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) ? "a string"
            : type == typeof(bool) ? "true or false"
            : type == typeof(long) || type == typeof(int) ? "a whole number"
            : type == typeof(DateTimeOffset) ? "a time such as 2026-01-31T12:00:00Z"
            : "a list of strings";
    }

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => $"a {kind.ToString().ToLowerInvariant()}",
    };

    private static BodyException Fault(string field, string fault) => new(new Dictionary<string, string[]> { [field] = [fault] });
}
