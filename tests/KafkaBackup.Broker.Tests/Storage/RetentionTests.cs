using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using Xunit;

namespace KafkaBackup.Broker.Tests.Storage;

/// <summary>What goes by time and size, and what stays.</summary>
public sealed class RetentionTests
{
    /// <summary>A batch of this size fills a segment of 1000 bytes: each batch has one of its own.</summary>
    private const int ValueSize = 900;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public async Task Segments_go_once_their_newest_record_is_older_than_retention_ms_and_the_log_start_is_what_is_left()
    {
        var time = new ShiftedTime();
        await using var broker = Start(time, ("segment.bytes", "1000"), ("retention.ms", $"{Day.TotalMilliseconds}"));
        using var client = await broker.ConnectAsync();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = 0; i < 6; i++)
            await ProduceAsync(client, now + (i * (long)Day.TotalMilliseconds / 10));
        broker.Server.ApplyRetention();
        Assert.Equal((0, 6), await RangeAsync(client));

        // The third batch is younger than a day still, the second is not.
        time.Advance(Day * 1.15);
        broker.Server.ApplyRetention();
        Assert.Equal((2, 6), await RangeAsync(client));
        Assert.Equal(["2", "3", "4", "5"], LogFiles(broker));
        Assert.Equal((ErrorCode.OffsetOutOfRange, -1), Outcome(await client.FetchAsync("t", 1)));
        Assert.Equal(4, Batches.Values(await client.FetchAsync("t", 2)).Count + Batches.Values(await client.FetchAsync("t", 3)).Count
            + Batches.Values(await client.FetchAsync("t", 4)).Count + Batches.Values(await client.FetchAsync("t", 5)).Count);
        Assert.Equal(4 * 3, Directory.GetFiles(Path.Combine(broker.Folder, "t-0"), "0*").Length);
    }

    [Fact]
    public async Task An_old_segment_behind_a_young_one_stays()
    {
        var time = new ShiftedTime();
        await using var broker = Start(time, ("segment.bytes", "1000"), ("retention.ms", $"{Day.TotalMilliseconds}"));
        using var client = await broker.ConnectAsync();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var age in new[] { 3, 0, 3, 3 })
            await ProduceAsync(client, now - (age * (long)Day.TotalMilliseconds));
        broker.Server.ApplyRetention();
        Assert.Equal((1, 4), await RangeAsync(client));
    }

    [Fact]
    public async Task Segments_go_while_what_is_left_is_still_as_much_as_retention_bytes()
    {
        await using var broker = TestBroker.StartWith(1, ("segment.bytes", "1000"), ("retention.ms", "-1"));
        using var client = await broker.ConnectAsync();
        for (var i = 0; i < 6; i++)
            await ProduceAsync(client, Batches.Now);
        var size = new FileInfo(Path.Combine(broker.Folder, "t-0", $"{0:D20}.log")).Length;
        // A byte more than four segments hold keeps five; what four hold keeps four.
        await ConfigureAsync(client, "retention.bytes", $"{(size * 4) + 1}");
        broker.Server.ApplyRetention();
        Assert.Equal((1, 6), await RangeAsync(client));
        await ConfigureAsync(client, "retention.bytes", $"{size * 4}");
        broker.Server.ApplyRetention();
        Assert.Equal((2, 6), await RangeAsync(client));
    }

    [Fact]
    public async Task A_log_of_which_everything_goes_ends_where_it_ended_and_is_written_on()
    {
        await using var broker = TestBroker.StartWith(1, ("retention.ms", "1000"));
        using (var client = await broker.ConnectAsync())
        {
            for (var i = 0; i < 3; i++)
                await ProduceAsync(client, Batches.Now);
            broker.Server.ApplyRetention();
            Assert.Equal((3, 3), await RangeAsync(client));
            // An empty segment is none that could go.
            broker.Server.ApplyRetention();
            Assert.Equal(["3"], LogFiles(broker));
            Assert.Equal(ErrorCode.None, (await client.FetchAsync("t", 3)).ErrorCode);
        }

        await broker.RestartAsync();
        using var again = await broker.ConnectAsync();
        Assert.Equal((3, 3), await RangeAsync(again));
        Assert.Equal(3, (await again.ProduceAsync("t", Batches.Of(Batches.Plain, "new"))).BaseOffset);
        Assert.Equal(["new"], Batches.Values(await again.FetchAsync("t", 3)));
    }

    [Fact]
    public async Task A_topic_that_is_only_compacted_keeps_everything()
    {
        await using var broker = TestBroker.StartWith(
            1, ("cleanup.policy", "compact"), ("segment.bytes", "1000"), ("retention.ms", "1"), ("retention.bytes", "1"));
        using var client = await broker.ConnectAsync();
        for (var i = 0; i < 8; i++)
            await ProduceAsync(client, Batches.Now, key: $"{i}");
        var files = Contents(broker);
        broker.Server.ApplyRetention();
        Assert.Equal((0, 8), await RangeAsync(client));
        Assert.Equal(files, Contents(broker));

        // One that is also deleted from does not: it is the policy that decides.
        await ConfigureAsync(client, "cleanup.policy", "compact,delete");
        broker.Server.ApplyRetention();
        Assert.Equal((8, 8), await RangeAsync(client));
    }

    [Fact]
    public async Task Nothing_goes_where_there_is_no_limit_however_old_it_is()
    {
        await using var broker = TestBroker.StartWith(1, ("segment.bytes", "1000"), ("retention.ms", "-1"), ("retention.bytes", "-1"));
        using var client = await broker.ConnectAsync();
        for (var i = 0; i < 4; i++)
            await ProduceAsync(client, 1);
        broker.Server.ApplyRetention();
        Assert.Equal((0, 4), await RangeAsync(client));
    }

    [Fact]
    public async Task The_age_of_records_without_a_timestamp_is_that_of_their_file()
    {
        var time = new ShiftedTime();
        await using var broker = Start(time, ("segment.ms", $"{Day.TotalMilliseconds}"), ("retention.ms", $"{Day.TotalMilliseconds * 2}"));
        using var client = await broker.ConnectAsync();
        await ProduceAsync(client, -1);
        broker.Server.ApplyRetention();
        Assert.Equal((0, 1), await RangeAsync(client));
        // A segment whose first batch has no time is rolled by the clock.
        time.Advance(Day * 1.5);
        await ProduceAsync(client, -1);
        Assert.Equal(["0", "1"], LogFiles(broker));
        time.Advance(Day);
        File.SetLastWriteTimeUtc(Path.Combine(broker.Folder, "t-0", $"{1:D20}.log"), time.GetUtcNow().UtcDateTime);
        broker.Server.ApplyRetention();
        Assert.Equal((1, 2), await RangeAsync(client));
    }

    [Fact]
    public async Task A_producer_all_of_whose_batches_are_gone_is_unknown_and_its_open_transaction_with_it()
    {
        await using var broker = TestBroker.StartWith(1, ("segment.bytes", "1000"), ("retention.ms", "-1"));
        using var client = await broker.ConnectAsync();
        foreach (var template in new[] { Batches.Idempotent(7, 0, 0), Batches.Transactional(8, 0, 0), Batches.Idempotent(9, 0, 0) })
            await client.ProduceAsync("t", Batches.Of(template, new string('x', ValueSize)), template.IsTransactional ? "tx" : null);
        async Task<long> StableAsync() => (await client.ListOffsetAsync("t", ListOffsetsPartition.Latest, IsolationLevel.ReadCommitted)).Offset;
        Assert.Equal(1, await StableAsync());
        await ConfigureAsync(client, "retention.bytes", "950");
        broker.Server.ApplyRetention();
        Assert.Equal((2, 3), await RangeAsync(client));
        Assert.Equal(3, await StableAsync());
        var forgotten = await client.ProduceAsync("t", Batches.Of(Batches.Idempotent(7, 0, 1), "a"));
        Assert.Equal(ErrorCode.UnknownProducerId, forgotten.ErrorCode);
        Assert.Equal((ErrorCode.None, 3), Outcome(await client.ProduceAsync("t", Batches.Of(Batches.Idempotent(9, 0, 1), "a"))));
    }

    [Fact]
    public async Task A_producer_below_the_log_start_stays_unknown_after_a_restart_that_finds_its_batch_in_the_file()
    {
        await using var broker = TestBroker.Start("t");
        using (var client = await broker.ConnectAsync())
        {
            await client.ProduceAsync("t", Batches.Of(Batches.Idempotent(7, 0, 0), "a"));
            await client.ProduceAsync("t", Batches.Of(Batches.Idempotent(9, 0, 0), "a"));
            await client.AskAsync(new DeleteRecordsRequest { Topics = [new DeleteRecordsTopic { Topic = "t", Partitions = [new DeleteRecordsPartition { Offset = 1 }] }] });
        }

        await broker.RestartAsync();
        using var again = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.UnknownProducerId, (await again.ProduceAsync("t", Batches.Of(Batches.Idempotent(7, 0, 1), "a"))).ErrorCode);
        Assert.Equal((ErrorCode.None, 2), Outcome(await again.ProduceAsync("t", Batches.Of(Batches.Idempotent(9, 0, 1), "a"))));
    }

    [Fact]
    public async Task It_is_done_again_and_again_and_what_goes_wrong_with_one_log_is_said_and_stops_nothing()
    {
        await using var broker = TestBroker.Start(options => options with
        {
            Configs = new Dictionary<string, string> { ["log.retention.check.interval.ms"] = "20", ["log.retention.ms"] = "1000", ["log.segment.bytes"] = "1000" },
            Topics = [new StartTopic("a"), new StartTopic("t")],
        });
        using var client = await broker.ConnectAsync();
        // A folder in a file's place can't be deleted as one.
        var index = Path.Combine(broker.Folder, "a-0", $"{0:D20}.timeindex");
        File.Delete(index);
        Directory.CreateDirectory(index);
        await client.ProduceAsync("a", Old());
        await Eventually.TrueAsync(() => Task.FromResult(broker.Log.Warnings.Any(line => line.Contains("Retention of a-0 failed", StringComparison.Ordinal))), "the failure is logged");
        for (var round = 1; round <= 2; round++)
        {
            await client.ProduceAsync("t", Old());
            await Eventually.TrueAsync(async () => (await RangeAsync(client)).Start == round, $"round {round}");
        }

        await broker.Server.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Directory.Delete(index);
        var seen = broker.Log.Warnings.Count;
        await Task.Delay(60);
        Assert.Equal(seen, broker.Log.Warnings.Count);
    }

    [Fact]
    public async Task Who_reads_while_segments_go_gets_whole_batches_or_is_told_that_they_are_gone()
    {
        await using var broker = TestBroker.StartWith(1, ("segment.bytes", "1000"), ("retention.ms", "-1"), ("retention.bytes", "5000"));
        using var writer = await broker.ConnectAsync();
        using var reader = await broker.ConnectAsync();
        using var done = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            var codes = new HashSet<ErrorCode>();
            for (var offset = 0L; !done.IsCancellationRequested;)
            {
                var fetched = await reader.FetchAsync("t", offset);
                codes.Add(fetched.ErrorCode);
                if (fetched.ErrorCode == ErrorCode.OffsetOutOfRange)
                    offset = (await reader.ListOffsetAsync("t", ListOffsetsPartition.Earliest)).Offset;
                else
                    Assert.All(Batches.Values(fetched), value => Assert.Equal(ValueSize, value.Length));
            }

            return codes;
        });
        for (var i = 0; i < 300; i++)
        {
            await ProduceAsync(writer, Batches.Now);
            broker.Server.ApplyRetention();
        }

        await done.CancelAsync();
        Assert.Subset(new HashSet<ErrorCode> { ErrorCode.None, ErrorCode.OffsetOutOfRange }, await reading.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(300, (await RangeAsync(writer)).End);
        Assert.InRange((await RangeAsync(writer)).Start, 290, 296);
    }

    private static TestBroker Start(TimeProvider time, params (string Name, string Value)[] configs) => TestBroker.Start(
        options => options with { Topics = [new StartTopic("t") { Configs = configs.ToDictionary(c => c.Name, c => c.Value) }] }, time);

    private static byte[] Old() => Batches.Of(Batches.Plain, new string('x', ValueSize));

    private static async Task ProduceAsync(RawClient client, long timestamp, string? key = null)
    {
        using var builder = new RecordBatchBuilder { Compression = CompressionType.None };
        builder.Add(timestamp, key is null ? null : System.Text.Encoding.UTF8.GetBytes(key), new byte[ValueSize], []);
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", builder.Build(Batches.Plain).ToArray())).ErrorCode);
    }

    private static Task ConfigureAsync(RawClient client, string name, string value) => client.AskAsync(new IncrementalAlterConfigsRequest
    {
        Resources = [new IncrementalConfigsResource { ResourceType = ConfigResourceType.Topic, ResourceName = "t", Configs = [new IncrementalConfig { Name = name, Value = value }] }],
    });

    private static async Task<(long Start, long End)> RangeAsync(RawClient client) =>
        ((await client.ListOffsetAsync("t", ListOffsetsPartition.Earliest)).Offset, await client.EndAsync("t"));

    private static IReadOnlyList<string> LogFiles(TestBroker broker) =>
        [.. Directory.GetFiles(Path.Combine(broker.Folder, "t-0"), "*.log").Order().Select(path => $"{long.Parse(Path.GetFileNameWithoutExtension(path))}")];

    private static IReadOnlyList<string> Contents(TestBroker broker) =>
        [.. Directory.GetFiles(Path.Combine(broker.Folder, "t-0"), "*.log").Order().Select(path => Path.GetFileName(path) + Convert.ToHexString(File.ReadAllBytes(path)))];

    private static (ErrorCode Error, long Offset) Outcome(ProducedPartition produced) => (produced.ErrorCode, produced.BaseOffset);

    private static (ErrorCode Error, long Offset) Outcome(FetchedPartition fetched) => (fetched.ErrorCode, fetched.HighWatermark);
}
