using System.Text.Json;

namespace KafkaBackup.Repository.Epochs;

/// <summary>What is left of an epoch that was removed: its core, byte for byte, and its run. Source: FORMAT.md, "Removing epochs".</summary>
internal static class Stub
{
    /// <summary>The stub of a manifest.</summary>
    /// <exception cref="DamagedObjectException">The manifest is damaged.</exception>
    public static byte[] Of(long sequence, byte[] manifest)
    {
        var epoch = Manifest.Read(sequence, manifest);
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("format"u8, RepositoryNames.StubFormat);
            writer.WriteNumber("version"u8, RepositoryNames.Version);
            writer.WritePropertyName("core"u8);
            writer.WriteRawValue(manifest.AsSpan(Manifest.Members(RepositoryNames.Epoch(sequence), manifest, "core")[0]));
            writer.WritePropertyName("run"u8);
            JsonSerializer.Serialize(writer, epoch.Run, RepositoryJson.Default.RunInfo);
            writer.WriteEndObject();
        }

        return Checksum.Append(json.GetBuffer().AsSpan(0, (int)json.Length));
    }

    /// <exception cref="UnsupportedFormatException">It is of another format or version.</exception>
    /// <exception cref="DamagedObjectException">Its checksum does not hold, or it is no stub of this sequence.</exception>
    public static PrunedEpoch Read(long sequence, byte[] json)
    {
        var name = RepositoryNames.Stub(sequence);
        FormatHeader.Check(name, json);
        Checksum.Check(name, json);
        try
        {
            var members = Manifest.Members(name, json, "core", "run");
            var core = json.AsSpan(members[0]);
            var epoch = new PrunedEpoch(
                JsonSerializer.Deserialize(core, RepositoryJson.Default.EpochCore)!,
                Checksum.Hash(core),
                JsonSerializer.Deserialize(json.AsSpan(members[1]), RepositoryJson.Default.RunInfo)!);
            return epoch.Core.Sequence == sequence ? epoch : throw new DamagedObjectException(name, $"it is that of epoch {epoch.Core.Sequence}");
        }
        catch (JsonException e)
        {
            throw new DamagedObjectException(name, e.Message, e);
        }
    }
}

/// <summary>An epoch that was removed.</summary>
/// <param name="Core">What it was.</param>
/// <param name="CoreHash">The hash that its successor names it by.</param>
/// <param name="Run">The run that made it.</param>
public sealed record PrunedEpoch(EpochCore Core, string CoreHash, RunInfo Run);
