using System.Text.Json;

namespace KafkaBackup.Repository.Epochs;

/// <summary>The first two members of every JSON object: format and version. They are looked at before anything else.</summary>
internal static class FormatHeader
{
    /// <returns>The version, one of those that this program knows.</returns>
    /// <exception cref="UnsupportedFormatException">It is another format or version.</exception>
    /// <exception cref="DamagedObjectException">It does not begin with the two.</exception>
    public static int Check(string name, ReadOnlySpan<byte> json)
    {
        string format;
        long version;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            if (!ReadMember(ref reader, "format"u8) || reader.TokenType != JsonTokenType.String)
                throw Missing(name);
            format = reader.GetString()!;
            if (!ReadMember(ref reader, "version"u8) || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out version))
                throw Missing(name);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Text that is no UTF-8 is an invalid operation.
            throw new DamagedObjectException(name, "it is no JSON", e);
        }

        if (format != RepositoryNames.FormatOf(name) || version < 1 || version > RepositoryNames.NewestVersionOf(name))
            throw new UnsupportedFormatException(name, format, version);
        return (int)version;
    }

    private static bool ReadMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
        reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name) && reader.Read();

    private static DamagedObjectException Missing(string name) => new(name, "it does not say its format and version");
}
