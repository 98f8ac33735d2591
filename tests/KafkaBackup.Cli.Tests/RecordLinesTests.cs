using System.Text;
using System.Text.Json;
using KafkaBackup.Cli.Output;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Reading;
using Xunit;
using Record = KafkaBackup.Protocol.Records.Record;

namespace KafkaBackup.Cli.Tests;

public sealed class RecordLinesTests
{
    [Fact]
    public void A_record_is_a_json_object_a_line_in_which_null_is_not_empty_and_headers_keep_their_order()
    {
        var record = Some(null, "", new RecordHeader("b", Bytes("1")), new RecordHeader("a", null), new RecordHeader("b", Bytes("")));

        Assert.Equal(
            """{"topic":"orders","partition":2,"offset":7,"timestamp":1577913801234,"timestampType":"CreateTime","key":null,"value":"","headers":[{"name":"b","value":"1"},{"name":"a","value":null},{"name":"b","value":""}]}""" + "\n",
            Print(json: true, record));
    }

    [Fact]
    public void What_is_not_utf8_is_base64_and_says_so()
    {
        var record = new BackedUpRecord("orders", 0, null, new Record(1, -1, new byte[] { 0xff, 0 }, new byte[] { 0xc3, 0xa9 }, [new RecordHeader("h", new byte[] { 0x80 })]));

        var line = JsonDocument.Parse(Print(json: true, record)).RootElement;

        Assert.Equal(("/wA=", "base64"), (line.GetProperty("key").GetString(), line.GetProperty("keyEncoding").GetString()));
        Assert.Equal("é", line.GetProperty("value").GetString());
        Assert.False(line.TryGetProperty("valueEncoding", out _));
        Assert.Equal(("gA==", "base64"), (line.GetProperty("headers")[0].GetProperty("value").GetString(), line.GetProperty("headers")[0].GetProperty("valueEncoding").GetString()));
        Assert.Equal(("NotAvailable", -1), (line.GetProperty("timestampType").GetString(), line.GetProperty("timestamp").GetInt64()));
    }

    [Theory]
    [InlineData("two\nlines \"quoted\" \u0001")]
    [InlineData("größe 価値 😀")]
    public void Any_text_stays_on_its_line_and_comes_back(string text)
    {
        var lines = Print(json: true, Some(text, text));

        Assert.Equal(text, JsonDocument.Parse(Assert.Single(lines.TrimEnd('\n').Split('\n'))).RootElement.GetProperty("value").GetString());
        Assert.Single(Print(json: false, Some(text, text)).TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void In_words_a_line_has_place_time_key_value_and_headers()
    {
        Assert.Equal("orders-2  7  2020-01-01T21:23:21.234Z  null  \"\"  [\"h\"=null]\n", Print(json: false, Some(null, "", new RecordHeader("h", null))));
        Assert.Equal("orders-2  7  2020-01-01T21:23:21.234Z  \"k\"  base64:/w==\n", Print(json: false, Some("k", null) is var record ? record with { Record = record.Record with { Value = new byte[] { 0xff } } } : default));
        Assert.Contains("  -5  ", Print(json: false, Some("k", "v") is var odd ? odd with { Record = odd.Record with { Timestamp = -5 } } : default));
    }

    [Fact]
    public void Lines_are_handed_on_one_by_one_only_where_somebody_watches()
    {
        foreach (var isWatched in (bool[])[true, false])
        {
            using var output = new MemoryStream();
            var lines = new RecordLines(output, json: true, isWatched);
            lines.Write(Some("k", "v"));
            Assert.Equal(isWatched, output.Length > 0);
            lines.Flush();
            Assert.True(output.Length > 0);
            Assert.Equal(1, lines.Count);
        }
    }

    private static string Print(bool json, BackedUpRecord record)
    {
        using var output = new MemoryStream();
        var lines = new RecordLines(output, json, isWatched: false);
        lines.Write(record);
        lines.Flush();
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static BackedUpRecord Some(string? key, string? value, params RecordHeader[] headers) =>
        new("orders", 2, TimestampType.CreateTime, new Record(7, 1577913801234, Optional(key), Optional(value), headers));

    private static ReadOnlyMemory<byte>? Optional(string? text) => text is null ? default(ReadOnlyMemory<byte>?) : Bytes(text);

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
