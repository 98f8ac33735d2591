namespace KafkaBackup.Durable;

/// <summary>Turns inputs, outputs, events, custom status and progress into text and back. The runtime treats the text as opaque.</summary>
public abstract class DataConverter
{
    /// <returns>The text, or <see langword="null"/> for <see langword="null"/>.</returns>
    public abstract string? Serialize(object? value);

    /// <returns>The value, or <see langword="null"/> for <see langword="null"/>.</returns>
    public abstract object? Deserialize(string? data, Type targetType);

    /// <inheritdoc cref="Deserialize(string?, Type)"/>
    public virtual T? Deserialize<T>(string? data) => (T?)(Deserialize(data, typeof(T)) ?? default(T));
}
