using System.Text.Json;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using Xunit;
using Record = KafkaBackup.Protocol.Records.Record;

namespace KafkaBackup.Protocol.Tests.Records;

/// <summary>The record codec against logs that a real broker wrote, judged by what that broker's tools list.</summary>
public sealed class FixtureTests
{
    public static TheoryData<string> Logs => [.. FixtureLog.MagicTwo.Select(log => log.Name)];

    [Theory]
    [MemberData(nameof(Logs))]
    public void Batches_are_those_that_the_dump_tool_lists(string name)
    {
        var log = FixtureLog.Of(name);
        var listed = log.Listing("batches").Where(line => line.GetProperty("magic").GetInt32() == 2).Select(line => new
        {
            Segment = line.GetProperty("segment").GetString()!,
            Line = line,
        });

        var read = log.LogFiles.SelectMany(file => Batches(file).Select(batch => (Segment: Path.GetFileNameWithoutExtension(file), batch))).ToList();

        Assert.Equal(
            listed.Select(l => Describe(l.Segment, l.Line)),
            read.Select(r => Describe(r.Segment, r.batch.Batch.Header, r.batch.Position)));
        Assert.All(read, r => Assert.True(r.batch.Batch.HasValidCrc));
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public void Records_are_those_that_a_consumer_sees(string name)
    {
        var log = FixtureLog.Of(name);
        var start = log.Offsets.GetProperty("logStartOffset").GetInt64();
        using var buffer = new PooledBuffer();
        var read = new List<string>();
        foreach (var (batch, _) in log.LogFiles.SelectMany(Batches).Where(b => !b.Batch.Header.IsControl))
            read.AddRange(batch.ReadRecords(buffer).Where(r => r.Offset >= start).Select(r => Describe(r, batch.Header.TimestampType)));

        Assert.Equal(log.Listing("records").Select(Describe), read);
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public void Encoding_what_was_decoded_gives_the_same_bytes_where_nothing_is_compressed(string name)
    {
        using var buffer = new PooledBuffer();
        using var builder = new RecordBatchBuilder();
        foreach (var (batch, position) in FixtureLog.Of(name).LogFiles.SelectMany(Batches))
        {
            if (batch.Header.Compression != CompressionType.None)
                continue;
            builder.BaseTimestamp = batch.Header.BaseTimestamp;
            foreach (var record in batch.ReadRecords(buffer))
            {
                using var body = new PooledBuffer();
                RecordBody.Write(body, record.Key, record.Value, record.Headers);
                var delta = Raw(batch, buffer, record.Offset);
                builder.Add(batch.Header.BaseTimestamp + delta, (int)(record.Offset - batch.Header.BaseOffset), body.Memory.Span);
            }

            var template = batch.Header with { MaxTimestamp = batch.Header.MaxTimestamp };
            var built = builder.Build(template).ToArray();
            // Compaction keeps the maximum timestamp of records that are gone, and LogAppendTime has none of the records' own.
            var expected = batch.Bytes.ToArray();
            var header = batch.Header;
            (Read(built) with { MaxTimestamp = header.MaxTimestamp }).Write(built);
            BatchHeader.Seal(built);
            Assert.True(expected.AsSpan().SequenceEqual(built), $"{name}, batch at offset {header.BaseOffset}, position {position}");
        }
    }

    private static BatchHeader Read(byte[] bytes) => BatchHeader.TryRead(bytes, out var header) ? header : throw new InvalidOperationException();

    private static long Raw(RecordBatch batch, PooledBuffer buffer, long offset)
    {
        for (var rest = batch.Decompress(buffer); ;)
        {
            var size = RawRecord.Read(rest.Span, out var raw);
            if (batch.Header.BaseOffset + raw.OffsetDelta == offset)
                return raw.TimestampDelta;
            rest = rest[size..];
        }
    }

    private static IEnumerable<(RecordBatch Batch, int Position)> Batches(string file)
    {
        ReadOnlyMemory<byte> bytes = File.ReadAllBytes(file);
        var length = bytes.Length;
        while (RecordBatch.TryTake(ref bytes, out var batch))
            yield return (batch, length - bytes.Length - batch.Bytes.Length);
        Assert.Equal(0, bytes.Length);
    }

    private static string Describe(string segment, JsonElement line)
    {
        string Field(string name) => line.GetProperty(name).GetRawText().Trim('"');
        var time = line.TryGetProperty("CreateTime", out var create) ? ("CreateTime", create) : ("LogAppendTime", line.GetProperty("LogAppendTime"));
        return $"{segment} {Field("baseOffset")}-{Field("lastOffset")} n{Field("count")} seq{Field("baseSequence")} pid{Field("producerId")}/{Field("producerEpoch")} "
            + $"epoch{Field("partitionLeaderEpoch")} txn={Field("isTransactional")} control={Field("isControl")} at{Field("position")} {time.Item1}={time.Item2} "
            + $"size{Field("size")} {Field("compresscodec")} crc{Field("crc")}";
    }

    private static string Describe(string segment, BatchHeader h, int position) =>
        $"{segment} {h.BaseOffset}-{h.LastOffset} n{h.RecordCount} seq{h.BaseSequence} pid{h.ProducerId}/{h.ProducerEpoch} "
        + $"epoch{h.PartitionLeaderEpoch} txn={(h.IsTransactional ? "true" : "false")} control={(h.IsControl ? "true" : "false")} at{position} "
        + $"{h.TimestampType}={h.MaxTimestamp} size{h.TotalSize} {h.Compression.ToString().ToUpperInvariant()} crc{h.Crc}";

    private static string Describe(JsonElement line)
    {
        string Text(JsonElement e) => e.ValueKind == JsonValueKind.Null ? "null" : "'" + e.GetString() + "'";
        var headers = line.GetProperty("headers").EnumerateArray().Select(h => h[0].GetString() + "=" + Text(h[1]));
        return $"{line.GetProperty("offset")} {line.GetProperty("timestampType")}={line.GetProperty("timestamp")} "
            + $"{Text(line.GetProperty("key"))} {Text(line.GetProperty("value"))} [{string.Join(",", headers)}]";
    }

    private static string Describe(Record record, TimestampType type)
    {
        string Text(ReadOnlyMemory<byte>? bytes) => bytes is { } b ? "'" + Convert.ToBase64String(b.Span) + "'" : "null";
        var headers = record.Headers.Select(h => h.Name + "=" + Text(h.Value));
        return $"{record.Offset} {type}={record.Timestamp} {Text(record.Key)} {Text(record.Value)} [{string.Join(",", headers)}]";
    }
}
