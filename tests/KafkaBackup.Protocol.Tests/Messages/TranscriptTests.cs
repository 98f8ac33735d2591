using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Protocol.Tests.Messages;

/// <summary>Frames that real clients and a real broker exchanged.</summary>
public sealed class TranscriptTests(ITestOutputHelper output)
{
    public static TheoryData<string> Files => [.. Spoken.Select(file => Path.GetFileName(file))];

    private static IEnumerable<string> Spoken =>
        Fixtures.WireFiles.Where(file => Apis.All.ContainsKey((ApiKey)Fixtures.Exchanges(file).First().ApiKey));

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_frame_of_a_spoken_version_is_read_and_written_back_byte_for_byte(string file)
    {
        var judged = new SortedDictionary<short, int>();
        foreach (var exchange in Fixtures.Exchanges(Path.Combine(Fixtures.Folder, "wire", file)))
        {
            var api = Apis.Of((ApiKey)exchange.ApiKey);
            if (!api.Speaks(exchange.ApiVersion))
                continue;
            judged[exchange.ApiVersion] = judged.GetValueOrDefault(exchange.ApiVersion) + 1;
            Assert.Equal(Convert.ToHexString(exchange.Request.AsSpan(..^BytesLeftBehind(exchange))), RewriteRequest(api, exchange));
            if (exchange.Response is null)
                continue;
            judged[exchange.ApiVersion]++;
            var (header, response) = Frames.ReadResponse(api, exchange.ApiVersion, exchange.Response);
            using var written = Frames.WriteResponse(api, exchange.ApiVersion, header, response);
            Assert.Equal(Convert.ToHexString(exchange.Response), WithoutLength(written.Written));
        }

        output.WriteLine($"{file}: {string.Join(", ", judged.Select(v => $"v{v.Key} {v.Value} frames"))}");
        Assert.True(judged.Values.Sum() > 0, $"no frame of {file} is of a version spoken");
    }

    [Fact]
    public void Every_API_spoken_has_a_transcript_or_frames_of_the_schema() =>
        Assert.Equal(
            Apis.All.Keys.Except(SchemaFrameTests.WithoutTranscript).Select(key => (short)key).Order(),
            Spoken.Select(file => Fixtures.Exchanges(file).First().ApiKey).Order());

    [Fact]
    public void The_readme_lists_the_versions_spoken()
    {
        var listed = File.ReadLines(ProjectTree.PathOf("src", "KafkaBackup.Protocol", "README.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length > 4 && short.TryParse(cells[1], out _))
            .Select(cells => $"{cells[1]} {cells[2]} {cells[3]}");
        var spoken = Apis.All.Values.OrderBy(api => api.Key)
            .Select(api => $"{(short)api.Key} {api.Key} {(api.MinVersion == api.MaxVersion ? $"{api.MinVersion}" : $"{api.MinVersion}-{api.MaxVersion}")}");
        Assert.Equal(spoken, listed);
    }

    // librdkafka writes a count of four bytes where flexible versions have one of one byte; a broker reads on in what is left of it.
    private static int BytesLeftBehind(WireExchange exchange) => exchange.Client == "confluent-kafka-2.16.0 (metadata-all)" ? 1 : 0;

    private static string RewriteRequest(Api api, WireExchange exchange)
    {
        var (header, body) = Frames.ReadRequestHeader(exchange.Request);
        using var written = Frames.WriteRequest(header, Frames.ReadRequest(api, body));
        return WithoutLength(written.Written);
    }

    private static string WithoutLength(ReadOnlyMemory<byte> frame) => Convert.ToHexString(frame.Span[Frames.LengthSize..]);
}
