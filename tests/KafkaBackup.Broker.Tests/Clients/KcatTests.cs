using Xunit;

namespace KafkaBackup.Broker.Tests.Clients;

/// <summary>kcat, a client on librdkafka 2.0.</summary>
public sealed class KcatTests
{
    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Records_come_back_with_keys_and_headers_whatever_the_codec(string codec)
    {
        await using var broker = TestBroker.Start();
        var lines = Enumerable.Range(0, 2000).Select(i => $"key-{i % 7}:{new string((char)('a' + (i % 26)), i % 50)}").ToList();
        await KcatAsync(broker, string.Join('\n', lines) + "\n", "-P", "-t", "made-by-kcat", "-z", codec, "-K", ":", "-H", "one=1", "-H", "two=");
        var read = await KcatAsync(broker, "", "-C", "-t", "made-by-kcat", "-o", "beginning", "-e", "-q", "-f", "%k:%s|%h|%o\n");
        Assert.Equal(lines.Select((line, i) => $"{line}|one=1,two=|{i}"), read.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Topics_and_partitions_are_listed()
    {
        await using var broker = TestBroker.Start("one", "three:3");
        var listed = await KcatAsync(broker, "", "-L");
        Assert.Contains("topic \"one\" with 1 partitions", listed, StringComparison.Ordinal);
        Assert.Contains("topic \"three\" with 3 partitions", listed, StringComparison.Ordinal);
        Assert.Contains("1 brokers", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_is_not_made_where_that_is_switched_off()
    {
        await using var broker = TestBroker.Start(o => o with { Configs = new Dictionary<string, string> { ["auto.create.topics.enable"] = "false" } });
        Assert.Contains("Unknown topic", await KcatAsync(broker, "", "-L", "-t", "nowhere"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offsets_are_asked_for_by_begin_end_and_time()
    {
        await using var broker = TestBroker.Start("t");
        await KcatAsync(broker, "a\nb\nc\n", "-P", "-t", "t");
        var offsets = await KcatAsync(broker, "", "-Q", "-t", "t:0:-2", "-t", "t:0:-1");
        Assert.Contains("offset 3", offsets, StringComparison.Ordinal);
        Assert.Contains("offset 0", await KcatAsync(broker, "", "-Q", "-t", "t:0:1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_group_members_share_the_partitions_and_read_everything_once()
    {
        await using var broker = TestBroker.Start("t:4");
        string[] consume = ["-G", "sharing", "-u", "-q", "-f", "%p %s\n", "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000", "t"];
        var members = new[] { "first", "second" }.Select(_ => Tool.Start("kcat", ["-b", broker.Bootstrap, .. consume])).ToList();
        try
        {
            using var admin = broker.Admin();
            await Eventually.TrueAsync(
                async () =>
                {
                    var groups = await admin.DescribeConsumerGroupsAsync(["sharing"]);
                    return groups.ConsumerGroupDescriptions.Single().Members.Count(m => m.Assignment.TopicPartitions.Count == 2) == 2;
                },
                "two members with two partitions each");
            for (var partition = 0; partition < 4; partition++)
                await KcatAsync(broker, string.Concat(Enumerable.Range(0, 50).Select(i => $"{i}\n")), "-P", "-t", "t", "-p", $"{partition}");
            var lines = new List<string>();
            foreach (var member in members)
            {
                for (var i = 0; i < 100; i++)
                    lines.Add(await member.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)) ?? "");
            }

            Assert.Equal(200, lines.Distinct().Count());
        }
        finally
        {
            foreach (var member in members)
            {
                member.Kill();
                member.Dispose();
            }
        }
    }

    [Fact]
    public async Task Null_values_come_back_as_null_and_a_read_begins_and_ends_where_it_is_told()
    {
        await using var broker = TestBroker.Start("t");
        await KcatAsync(broker, "a:1\nb:\nc:3\n", "-P", "-t", "t", "-K", ":", "-Z");
        Assert.Equal("a 1 1\nb -1 NULL\nc 1 3\n", await KcatAsync(broker, "", "-C", "-t", "t", "-o", "beginning", "-e", "-q", "-Z", "-f", "%k %S %s\\n"));
        Assert.Equal("b NULL\n", await KcatAsync(broker, "", "-C", "-t", "t", "-o", "1", "-c", "1", "-q", "-Z", "-f", "%k %s\\n"));
        Assert.Equal("c 3\n", await KcatAsync(broker, "", "-C", "-t", "t", "-o", "-1", "-e", "-q", "-f", "%k %s\\n"));
        Assert.Equal("a\nb\nc\n", await KcatAsync(broker, "", "-C", "-t", "t", "-o", "s@1", "-e", "-q", "-f", "%k\\n"));
    }

    [Fact]
    public async Task What_a_transaction_wrote_is_read_once_it_is_committed()
    {
        await using var broker = TestBroker.Start("t");
        await KcatAsync(broker, "1\n2\n", "-P", "-t", "t", "-X", "transactional.id=kcat");
        Assert.Equal("0 1\n1 2\n", await KcatAsync(broker, "", "-C", "-t", "t", "-o", "beginning", "-e", "-q", "-X", "isolation.level=read_committed", "-f", "%o %s\\n"));
        using var client = await broker.ConnectAsync();
        Assert.Equal(3, await client.EndAsync("t"));
    }

    [Theory]
    [InlineData("0.11.0.0")]
    [InlineData("1.0.0")]
    [InlineData("2.0.0")]
    public async Task It_is_spoken_to_as_an_older_broker(string version)
    {
        await using var broker = TestBroker.Start();
        string[] old = ["-X", "api.version.request=false", "-X", $"broker.version.fallback={version}"];
        await KcatAsync(broker, "a\nb\n", ["-P", "-t", "t", .. old]);
        Assert.Equal("a\nb\n", await KcatAsync(broker, "", ["-C", "-t", "t", "-o", "beginning", "-e", "-q", .. old]));
    }

    private static Task<string> KcatAsync(TestBroker broker, string input, params string[] arguments) =>
        Tool.RunAsync("kcat", ["-b", broker.Bootstrap, .. arguments], input);
}
