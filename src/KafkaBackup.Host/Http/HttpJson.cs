using System.Text.Json;
using System.Text.Json.Serialization;

namespace KafkaBackup.Host.Http;

/// <summary>How JSON looks over HTTP and on standard output.</summary>
public static class HttpJson
{
    /// <summary>The options: camel case, enumerations by name.</summary>
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    internal static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new JsonStringEnumConverter());
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        return options;
    }
}
