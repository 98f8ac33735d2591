using System.Text.Json;

namespace KafkaBackup.Durable;

/// <summary>The default <see cref="DataConverter"/>: System.Text.Json.</summary>
/// <param name="options">How to write JSON; default: the options of the web (camel case, names read without regard to case).</param>
public sealed class JsonDataConverter(JsonSerializerOptions? options = null) : DataConverter
{
    private readonly JsonSerializerOptions options = options ?? JsonSerializerOptions.Web;

    /// <summary>A converter with the default options.</summary>
    public static JsonDataConverter Default { get; } = new();

    public override string? Serialize(object? value) => value is null ? null : JsonSerializer.Serialize(value, value.GetType(), options);

    public override object? Deserialize(string? data, Type targetType) => data is null ? null : JsonSerializer.Deserialize(data, targetType, options);
}
