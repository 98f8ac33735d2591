using System.Text.Json;

namespace KafkaBackup.Repository.Epochs;

/// <summary>A manifest's bytes. Source: FORMAT.md, "Manifests".</summary>
internal static class Manifest
{
    public static byte[] Write(ReadOnlySpan<byte> core, IReadOnlyDictionary<string, TopicLists> lists, RunInfo run)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("format"u8, RepositoryNames.EpochFormat);
            writer.WriteNumber("version"u8, RepositoryNames.Version);
            writer.WritePropertyName("core"u8);
            writer.WriteRawValue(core);
            writer.WritePropertyName("lists"u8);
            var ordered = new SortedDictionary<string, TopicLists>(lists.ToDictionary(), StringComparer.Ordinal);
            JsonSerializer.Serialize(writer, ordered, RepositoryJson.Default.SortedDictionaryStringTopicLists);
            writer.WritePropertyName("run"u8);
            JsonSerializer.Serialize(writer, run, RepositoryJson.Default.RunInfo);
            writer.WriteEndObject();
        }

        return Checksum.Append(json.GetBuffer().AsSpan(0, (int)json.Length));
    }

    /// <exception cref="UnsupportedFormatException">It is of another format or version.</exception>
    /// <exception cref="DamagedObjectException">Its checksum does not hold, or it is no manifest of this sequence.</exception>
    public static Epoch Read(long sequence, byte[] json)
    {
        var name = RepositoryNames.Epoch(sequence);
        FormatHeader.Check(name, json);
        Checksum.Check(name, json);
        try
        {
            var core = Member(name, json, "core"u8);
            var epoch = new Epoch(
                JsonSerializer.Deserialize(core, RepositoryJson.Default.EpochCore)!,
                Checksum.Hash(core),
                JsonSerializer.Deserialize(Member(name, json, "lists"u8), RepositoryJson.Default.SortedDictionaryStringTopicLists)!,
                JsonSerializer.Deserialize(Member(name, json, "run"u8), RepositoryJson.Default.RunInfo)!);
            return epoch.Sequence == sequence ? epoch : throw new DamagedObjectException(name, $"it is that of epoch {epoch.Sequence}");
        }
        catch (JsonException e)
        {
            throw new DamagedObjectException(name, e.Message, e);
        }
    }

    /// <summary>A member's value, byte for byte as it stands.</summary>
    internal static ReadOnlySpan<byte> Member(string name, byte[] json, ReadOnlySpan<byte> member)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(member);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (found)
                return json.AsSpan(start, (int)reader.BytesConsumed - start);
        }

        throw new DamagedObjectException(name, "a member is missing");
    }
}
