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
            var members = Members(name, json, "core", "lists", "run");
            var core = json.AsSpan(members[0]);
            var epoch = new Epoch(
                JsonSerializer.Deserialize(core, RepositoryJson.Default.EpochCore)!,
                Checksum.Hash(core),
                JsonSerializer.Deserialize(json.AsSpan(members[1]), RepositoryJson.Default.SortedDictionaryStringTopicLists)!,
                JsonSerializer.Deserialize(json.AsSpan(members[2]), RepositoryJson.Default.RunInfo)!);
            return epoch.Sequence == sequence ? epoch : throw new DamagedObjectException(name, $"it is that of epoch {epoch.Sequence}");
        }
        catch (JsonException e)
        {
            throw new DamagedObjectException(name, e.Message, e);
        }
    }

    /// <summary>Where members' values stand, byte for byte. A manifest is gone through once: a large one takes its time.</summary>
    internal static Range[] Members(string name, byte[] json, params ReadOnlySpan<string> members)
    {
        var found = new Range[members.Length];
        var left = members.Length;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (left > 0 && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = 0;
            while (member < members.Length && !reader.ValueTextEquals(members[member]))
                member++;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (member == members.Length || found[member].End.Value > 0)
                continue;
            found[member] = start..(int)reader.BytesConsumed;
            left--;
        }

        return left == 0 ? found : throw new DamagedObjectException(name, "a member is missing");
    }
}
