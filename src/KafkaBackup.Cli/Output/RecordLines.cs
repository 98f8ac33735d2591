using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Reading;

namespace KafkaBackup.Cli.Output;

/// <summary>Writes records, a line each: as JSON, or for people. What is not UTF-8 is written as base64, and said to be.</summary>
/// <param name="output">Where to.</param>
/// <param name="json">Whether as JSON.</param>
/// <param name="isWatched">Whether each line is handed on at once.</param>
internal sealed class RecordLines(Stream output, bool json, bool isWatched)
{
    private const int FlushBytes = 64 << 10;

    /// <summary>EPIPE, as an <see cref="IOException"/> has it.</summary>
    private const int BrokenPipe = 32;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> lines = new();

    /// <summary>Lines written.</summary>
    public long Count { get; private set; }

    /// <summary>Whether the reader of the output's pipe has gone.</summary>
    public bool IsUnread { get; private set; }

    /// <summary>Writes a record; the output may get it later.</summary>
    public void Write(in BackedUpRecord record)
    {
        if (json)
            WriteJson(record);
        else
            lines.Write(Encoding.UTF8.GetBytes(Words(record)));
        lines.Write("\n"u8);
        Count++;
        if (isWatched || lines.WrittenCount >= FlushBytes)
            Flush();
    }

    /// <summary>Hands on what was written.</summary>
    public void Flush()
    {
        try
        {
            if (!IsUnread)
                output.Write(lines.WrittenSpan);
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            IsUnread = true;
        }

        lines.ResetWrittenCount();
    }

    private void WriteJson(in BackedUpRecord record)
    {
        using var writer = new Utf8JsonWriter(lines, Options);
        writer.WriteStartObject();
        writer.WriteString("topic"u8, record.Topic);
        writer.WriteNumber("partition"u8, record.Partition);
        writer.WriteNumber("offset"u8, record.Record.Offset);
        writer.WriteNumber("timestamp"u8, record.Record.Timestamp);
        writer.WriteString("timestampType"u8, TypeOf(record));
        WriteBytes(writer, "key", record.Record.Key);
        WriteBytes(writer, "value", record.Record.Value);
        writer.WriteStartArray("headers"u8);
        foreach (var header in record.Record.Headers)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, header.Name);
            WriteBytes(writer, "value", header.Value);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteBytes(Utf8JsonWriter writer, string name, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } there)
        {
            writer.WriteNull(name);
        }
        else if (TextOf(there) is { } text)
        {
            writer.WriteString(name, text);
        }
        else
        {
            writer.WriteBase64String(name, there.Span);
            writer.WriteString(name + "Encoding", "base64"u8);
        }
    }

    private static string Words(in BackedUpRecord record)
    {
        var headers = record.Record.Headers.Count == 0 ? "" : $"  [{string.Join(", ", record.Record.Headers.Select(h => $"{Quote(h.Name)}={Show(h.Value)}"))}]";
        return $"{record.Topic}-{record.Partition}  {record.Record.Offset}  {TimeOf(record.Record.Timestamp)}  {Show(record.Record.Key)}  {Show(record.Record.Value)}{headers}";
    }

    private static string Show(ReadOnlyMemory<byte>? bytes) =>
        bytes is not { } there ? "null" : TextOf(there) is { } text ? Quote(text) : $"base64:{Convert.ToBase64String(there.Span)}";

    private static string Quote(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";

    private static string? TextOf(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string TypeOf(in BackedUpRecord record) => record.TimestampType?.ToString() ?? "NotAvailable";

    /// <summary>A timestamp as a time, if it is one that the calendar has.</summary>
    private static string TimeOf(long timestamp) => timestamp >= 0 && timestamp <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        ? DateTimeOffset.FromUnixTimeMilliseconds(timestamp).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
        : timestamp.ToString(CultureInfo.InvariantCulture);
}
