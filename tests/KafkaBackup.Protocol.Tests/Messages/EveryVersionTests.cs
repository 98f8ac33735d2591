using System.Text.Json;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Protocol.Tests.Messages;

/// <summary>
/// Every version of every message spoken has a witness that is not this codec: a transcript, or a frame that an encoder of its own wrote out from Kafka's schemas,
/// with values that tell fields apart.
/// </summary>
public sealed class EveryVersionTests
{
    private static readonly IReadOnlyList<SchemaFrame> FromSchemas =
        [.. File.ReadLines(Path.Combine(Fixtures.Folder, "schema-frames.jsonl")).Select(line => SchemaFrame.Parse(JsonDocument.Parse(line).RootElement))];

    public static TheoryData<ApiKey, short> WithoutTranscript => [.. FromSchemas.Select(frame => new TheoryDataRow<ApiKey, short>(frame.Key, frame.Version))];

    [Theory]
    [MemberData(nameof(WithoutTranscript))]
    public void A_version_without_a_transcript_is_read_and_written_back_byte_for_byte(ApiKey key, short version)
    {
        var frame = FromSchemas.Single(f => f.Key == key && f.Version == version);
        var api = Apis.Of(key);
        var (header, body) = Frames.ReadRequestHeader(frame.Request);
        Assert.Equal((key, version, "c"), (header.Key, header.Version, header.ClientId));
        var request = Frames.ReadRequest(api, body);
        Assert.Equal(0, body.Remaining);
        using var writtenRequest = Frames.WriteRequest(header, request);
        Assert.Equal(Convert.ToHexString(frame.Request), Convert.ToHexString(writtenRequest.Written.Span[Frames.LengthSize..]));
        var (responseHeader, response) = Frames.ReadResponse(api, version, frame.Response);
        using var writtenResponse = Frames.WriteResponse(api, version, responseHeader, response);
        Assert.Equal(Convert.ToHexString(frame.Response), Convert.ToHexString(writtenResponse.Written.Span[Frames.LengthSize..]));
    }

    [Fact]
    public void No_version_is_spoken_that_has_no_witness()
    {
        var witnessed = Fixtures.WireFiles.SelectMany(Fixtures.Exchanges).Select(e => ((ApiKey)e.ApiKey, e.ApiVersion)).Concat(FromSchemas.Select(f => (f.Key, f.Version))).ToHashSet();
        var spoken = Apis.All.Values.SelectMany(api => Enumerable.Range(api.MinVersion, api.MaxVersion - api.MinVersion + 1).Select(version => (api.Key, (short)version)));
        Assert.Empty(spoken.Except(witnessed));
    }

    private sealed record SchemaFrame(ApiKey Key, short Version, byte[] Request, byte[] Response)
    {
        public static SchemaFrame Parse(JsonElement line) => new(
            (ApiKey)line.GetProperty("apiKey").GetInt16(),
            line.GetProperty("apiVersion").GetInt16(),
            Convert.FromHexString(line.GetProperty("request").GetString()!),
            Convert.FromHexString(line.GetProperty("response").GetString()!));
    }
}
