using System.Text.Json;
using System.Text.Json.Serialization;

namespace KafkaBackup.Repository.Epochs;

/// <summary>
/// A partition of an epoch in JSON, as the serializer would read and write it, without a list of boxed arguments for each: a catalogue of epochs holds millions of them.
/// Source: FORMAT.md, "Manifests".
/// </summary>
internal sealed class PartitionEpochConverter : JsonConverter<PartitionEpoch>
{
    private const int Members = 10;

    /// <inheritdoc/>
    public override PartitionEpoch Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("a partition is an object");
        var (partition, leaderEpoch, found) = (0, 0, 0);
        var (logStart, from, to, batches, records, bytes, maxTimestamp) = (0L, 0L, 0L, 0L, 0L, 0L, 0L);
        string? digest = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberOf(reader);
            reader.Read();
            found |= member < 0 ? 0 : 1 << member;
            switch (member)
            {
                case 0: partition = reader.GetInt32(); break;
                case 1: logStart = reader.GetInt64(); break;
                case 2: from = reader.GetInt64(); break;
                case 3: to = reader.GetInt64(); break;
                case 4: leaderEpoch = reader.GetInt32(); break;
                case 5: batches = reader.GetInt64(); break;
                case 6: records = reader.GetInt64(); break;
                case 7: bytes = reader.GetInt64(); break;
                case 8: maxTimestamp = reader.GetInt64(); break;
                case 9: digest = reader.GetString(); break;
                default: reader.Skip(); break;
            }
        }

        return found == (1 << Members) - 1
            ? new PartitionEpoch(partition, logStart, from, to, leaderEpoch, batches, records, bytes, maxTimestamp, digest)
            : throw new JsonException("a partition lacks a member");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, PartitionEpoch value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("partition"u8, value.Partition);
        writer.WriteNumber("logStart"u8, value.LogStart);
        writer.WriteNumber("from"u8, value.From);
        writer.WriteNumber("to"u8, value.To);
        writer.WriteNumber("leaderEpoch"u8, value.LeaderEpoch);
        writer.WriteNumber("batches"u8, value.Batches);
        writer.WriteNumber("records"u8, value.Records);
        writer.WriteNumber("bytes"u8, value.Bytes);
        writer.WriteNumber("maxTimestamp"u8, value.MaxTimestamp);
        writer.WriteString("digest"u8, value.Digest);
        writer.WriteEndObject();
    }

    /// <summary>Which member a name is, in the order in which they are written; -1 for one that a later version may have added.</summary>
    private static int MemberOf(in Utf8JsonReader reader) =>
        reader.ValueTextEquals("partition"u8) ? 0
        : reader.ValueTextEquals("logStart"u8) ? 1
        : reader.ValueTextEquals("from"u8) ? 2
        : reader.ValueTextEquals("to"u8) ? 3
        : reader.ValueTextEquals("leaderEpoch"u8) ? 4
        : reader.ValueTextEquals("batches"u8) ? 5
        : reader.ValueTextEquals("records"u8) ? 6
        : reader.ValueTextEquals("bytes"u8) ? 7
        : reader.ValueTextEquals("maxTimestamp"u8) ? 8
        : reader.ValueTextEquals("digest"u8) ? 9
        : -1;
}
