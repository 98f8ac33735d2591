using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace KafkaBackup.Host.Configuration;

/// <summary>Reads <c>local.settings.json</c> as Azure Functions does: its <c>Values</c>, whose names have <c>:</c> or <c>__</c> between their parts.</summary>
public static class LocalSettings
{
    private const string FileName = "local.settings.json";

    /// <summary>Adds the file's values, if it is there.</summary>
    /// <exception cref="HostConfigurationException">It is no such file.</exception>
    public static IConfigurationBuilder AddLocalSettings(this IConfigurationBuilder builder, string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return builder;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (!document.RootElement.TryGetProperty("Values", out var values))
                throw new InvalidOperationException("it has no Values");
            return builder.AddInMemoryCollection([.. values.EnumerateObject().Select(v =>
                KeyValuePair.Create(v.Name.Replace("__", ":", StringComparison.Ordinal), v.Value.ValueKind == JsonValueKind.Null ? null : v.Value.ToString()))]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new HostConfigurationException([$"{path} can't be read: {e.Message}"]);
        }
    }
}
