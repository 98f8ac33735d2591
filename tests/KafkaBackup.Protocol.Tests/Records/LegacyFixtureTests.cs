using System.Text.Json;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using Xunit;
using Record = KafkaBackup.Protocol.Records.Record;

namespace KafkaBackup.Protocol.Tests.Records;

/// <summary>Messages of magic 0 and 1 in logs that a real broker wrote, judged by what that broker's tools and a consumer list.</summary>
public sealed class LegacyFixtureTests
{
    public static TheoryData<string> Logs => [.. FixtureLog.Old.Select(log => log.Name)];

    [Theory]
    [MemberData(nameof(Logs))]
    public void Messages_and_wrappers_are_those_that_the_dump_tool_lists(string name)
    {
        var log = FixtureLog.Of(name);
        var read = log.LogFiles.SelectMany(Entries).ToList();
        Assert.Equal(log.Listing("batches").Select(Listed), read.Select(e => Described(e.Entry, e.Position)));
        Assert.All(read, e => Assert.True(e.Entry.HasValidCrc));
        Assert.Contains(read, e => e.Entry.Header.IsWrapper);
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public void Records_are_those_that_a_consumer_sees(string name)
    {
        using var buffer = new PooledBuffer();
        var read = FixtureLog.Of(name).LogFiles.SelectMany(Entries).SelectMany(e => e.Entry.ReadRecords(buffer).Select(r => Described(r)).ToList());
        Assert.Equal(FixtureLog.Of(name).Listing("records").Select(Consumed), read);
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public void A_bit_anywhere_behind_the_checksum_is_noticed(string name)
    {
        var entry = Entries(FixtureLog.Of(name).LogFiles[0]).First(e => e.Entry.Header.IsWrapper).Entry;
        for (var at = 16; at < entry.Bytes.Length; at++)
        {
            var bent = entry.Bytes.ToArray();
            bent[at] ^= 4;
            ReadOnlyMemory<byte> rest = bent;
            try
            {
                Assert.False(RecordBatch.TryTake(ref rest, out var read) && read.HasValidCrc, $"byte {at}");
            }
            catch (InvalidBatchException)
            {
                // Its magic became none.
            }
        }
    }

    private static IEnumerable<(RecordBatch Entry, int Position)> Entries(string file)
    {
        ReadOnlyMemory<byte> rest = File.ReadAllBytes(file);
        var length = rest.Length;
        while (RecordBatch.TryTake(ref rest, out var entry))
            yield return (entry, length - rest.Length - entry.Bytes.Length);
        Assert.Equal(0, rest.Length);
    }

    private static string Listed(JsonElement line)
    {
        var isOld = line.GetProperty("magic").GetInt32() < 2;
        var last = line.GetProperty(isOld ? "offset" : "lastOffset");
        var time = line.TryGetProperty("CreateTime", out var t) || line.TryGetProperty("LogAppendTime", out t) || line.TryGetProperty("NoTimestampType", out t) ? $"{t}" : "?";
        return $"{last} at {line.GetProperty("position")} magic {line.GetProperty("magic")} {line.GetProperty("size")} bytes "
            + $"{line.GetProperty("compresscodec").GetString()} crc {line.GetProperty("crc")} @{time}";
    }

    private static string Described(RecordBatch entry, int position) =>
        $"{entry.Header.LastOffset} at {position} magic {entry.Header.Magic} {entry.Header.TotalSize} bytes "
        + $"{entry.Header.Compression.ToString().ToUpperInvariant()} crc {entry.Header.Crc} @{entry.Header.MaxTimestamp}";

    // In magic 0 there is no time; the consumer that made the listing says 0 for that.
    private static string Consumed(JsonElement line)
    {
        static string Text(JsonElement e) => e.ValueKind == JsonValueKind.Null ? "null" : e.GetString()!;
        var time = line.GetProperty("timestampType").GetString() == "NotAvailable" ? "-1" : $"{line.GetProperty("timestamp")}";
        return $"{line.GetProperty("offset")} @{time} {Text(line.GetProperty("key"))}={Text(line.GetProperty("value"))} {line.GetProperty("headers").GetArrayLength()}";
    }

    private static string Described(Record record)
    {
        static string Text(ReadOnlyMemory<byte>? bytes) => bytes is { } b ? Convert.ToBase64String(b.Span) : "null";
        return $"{record.Offset} @{record.Timestamp} {Text(record.Key)}={Text(record.Value)} {record.Headers.Count}";
    }
}
