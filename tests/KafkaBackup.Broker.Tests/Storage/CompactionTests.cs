using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Broker.Tests.Storage;

/// <summary>What compaction takes away, and what it leaves.</summary>
public sealed class CompactionTests
{
    [Fact]
    public async Task Of_each_key_the_latest_record_stays_under_its_offset_and_batches_keep_their_bounds()
    {
        var random = new Random(TestSize.Seed);
        for (var run = 0; run < TestSize.Of(5, 100); run++)
        {
            var segmentBytes = random.Next(400, 4000);
            await using var broker = CompactedTopic.Start(null, ("segment.bytes", $"{segmentBytes}"), ("index.interval.bytes", "300"));
            using var client = await broker.ConnectAsync();
            var (records, bounds) = (new List<Keyed>(), new List<(long, long)>());
            for (var batches = random.Next(5, 60); batches > 0; batches--)
            {
                Keyed[] batch = [.. Enumerable.Range(0, random.Next(1, 9)).Select(i => new Keyed(
                    $"k{random.Next(12)}", random.Next(5) == 0 ? null : $"v{random.Next()}", records.Count + i, Batches.Now + random.Next(1_000_000)))];
                var codec = (CompressionType)random.Next(5);
                var produced = await client.ProduceAsync("t", CompactedTopic.Batch(Batches.Plain, batch, codec));
                Assert.Equal((ErrorCode.None, records.Count), (produced.ErrorCode, produced.BaseOffset));
                bounds.Add((records.Count, records.Count + batch.Length - 1));
                records.AddRange(batch);
            }

            var active = ActiveBase(broker);
            broker.Server.ApplyCompaction();
            Assert.All(Directory.GetFiles(Path.Combine(broker.Folder, "t-0"), "*.log"), path => Assert.InRange(new FileInfo(path).Length, 0, segmentBytes));
            var expected = records.Where(r => r.Offset >= active || !records.Exists(later => later.Key == r.Key && later.Offset > r.Offset && later.Offset < active)).ToList();
            for (var restarted = false; ; restarted = true)
            {
                using var reader = await broker.ConnectAsync();
                Assert.Equal(expected, await reader.RecordsAsync());
                Assert.All(await reader.BatchesAsync(), b => Assert.Contains((b.Header.BaseOffset, b.Header.LastOffset), bounds));
                Assert.Equal((0, records.Count), ((await reader.ListOffsetAsync("t", ListOffsetsPartition.Earliest)).Offset, await reader.EndAsync("t")));
                foreach (var record in expected)
                    Assert.Equal(record.Offset, (await FirstFromAsync(reader, record.Offset)).Offset);
                if (restarted)
                    break;
                await broker.RestartAsync();
            }

            Assert.Empty(broker.Log.Warnings);
        }
    }

    [Fact]
    public async Task A_tombstone_stays_for_delete_retention_after_the_pass_that_met_it_and_goes_then()
    {
        var time = new ShiftedTime();
        var hour = TimeSpan.FromHours(1);
        await using var broker = CompactedTopic.Start(time, ("delete.retention.ms", $"{hour.TotalMilliseconds}"));
        using var client = await broker.ConnectAsync();
        await client.PutAsync(new Keyed("k", "old"), new Keyed("other", "stays", Timestamp: Batches.Now + 5));
        await client.PutAsync(new Keyed("k", null, Timestamp: Batches.Now + 7), new Keyed("more", "stays", Timestamp: Batches.Now + 9));
        await client.RollAsync();
        var before = time.GetUtcNow().ToUnixTimeMilliseconds();
        broker.Server.ApplyCompaction();
        Keyed[] withTombstone = [new("other", "stays", 1, Batches.Now + 5), new("k", null, 2, Batches.Now + 7), new("more", "stays", 3, Batches.Now + 9)];
        Assert.Equal(withTombstone, await client.RecordsAsync());
        var marked = (await client.BatchesAsync())[1].Header;
        Assert.True(marked.HasDeleteHorizon);
        Assert.InRange(marked.BaseTimestamp - (long)hour.TotalMilliseconds, before, before + 60_000);
        Assert.False((await client.BatchesAsync())[0].Header.HasDeleteHorizon);

        // The next pass before that time leaves it, and does not put the time off.
        time.Advance(hour / 2);
        await client.RollAsync("filler 2");
        broker.Server.ApplyCompaction();
        Assert.Equal(withTombstone, await client.RecordsAsync());
        Assert.Equal(marked, (await client.BatchesAsync())[1].Header);
        time.Advance(hour * 0.6);
        await client.RollAsync("filler 3");
        broker.Server.ApplyCompaction();
        Assert.Equal([withTombstone[0], withTombstone[2]], await client.RecordsAsync());
    }

    [Fact]
    public async Task The_newest_batch_of_a_producer_stays_without_its_records_so_that_its_sequence_is_known()
    {
        await using var broker = CompactedTopic.Start(null);
        using (var client = await broker.ConnectAsync())
        {
            await client.PutAsync(Batches.Idempotent(7, 0, 0), new Keyed("k", "1"), new Keyed("k", "2"));
            await client.PutAsync(Batches.Idempotent(7, 0, 2), new Keyed("k", "3"), new Keyed("l", "4"));
            await client.PutAsync(new Keyed("k", "5"), new Keyed("l", "6"));
            await client.RollAsync();
            broker.Server.ApplyCompaction();
            Assert.Equal(["5", "6"], await ValuesAsync(client));
            var batches = await client.BatchesAsync();
            Assert.Equal([(2, 3, 0), (4, 5, 2)], batches.Take(2).Select(b => (b.Header.BaseOffset, b.Header.LastOffset, b.Header.RecordCount)));
            Assert.Equal((BatchHeader.Size, -1, Batches.Now, 2), (batches[0].Header.TotalSize, batches[0].Header.BaseTimestamp, batches[0].Header.MaxTimestamp, batches[0].Header.BaseSequence));
        }

        await broker.RestartAsync();
        using var again = await broker.ConnectAsync();
        var repeated = await again.ProduceAsync("t", CompactedTopic.Batch(Batches.Idempotent(7, 0, 2), [new Keyed("k", "3"), new Keyed("l", "4")]));
        Assert.Equal((ErrorCode.None, 2), (repeated.ErrorCode, repeated.BaseOffset));
        await again.PutAsync(Batches.Idempotent(7, 0, 4), new Keyed("m", "7"));

        // Once there is a newer one, the empty one goes too.
        await again.RollAsync();
        broker.Server.ApplyCompaction();
        Assert.DoesNotContain(await again.BatchesAsync(), b => b.Header.RecordCount == 0);
    }

    [Fact]
    public async Task A_damaged_log_stays_as_it_is_and_that_is_said()
    {
        await using var broker = CompactedTopic.Start(null);
        using (var client = await broker.ConnectAsync())
        {
            for (var i = 0; i < 3; i++)
                await client.PutAsync(new Keyed("k", new string('x', 900)));
        }

        var path = Path.Combine(broker.Folder, "t-0", $"{1:D20}.log");
        await broker.RestartAsync(() =>
        {
            var log = File.ReadAllBytes(path);
            log[^1] ^= 1;
            File.WriteAllBytes(path, log);
        });
        var files = Directory.GetFiles(Path.Combine(broker.Folder, "t-0")).Order().ToList();
        broker.Server.ApplyCompaction();
        Assert.Contains("Compaction of t-0 failed", Assert.Single(broker.Log.Warnings), StringComparison.Ordinal);
        Assert.Equal(files, Directory.GetFiles(Path.Combine(broker.Folder, "t-0")).Order());
        using var again = await broker.ConnectAsync();
        Assert.Equal(0, (await FirstFromAsync(again, 0)).Offset);
    }

    [Fact]
    public async Task Damage_in_what_was_compacted_before_leaves_no_half_written_file()
    {
        await using var broker = CompactedTopic.Start(null);
        using (var client = await broker.ConnectAsync())
        {
            foreach (var key in new[] { "a", "b", "c" })
                await client.PutAsync(new Keyed(key, new string('x', 900)));
            broker.Server.ApplyCompaction();
        }

        var path = Path.Combine(broker.Folder, "t-0", $"{0:D20}.log");
        await broker.RestartAsync(() =>
        {
            var log = File.ReadAllBytes(path);
            log[^1] ^= 1;
            File.WriteAllBytes(path, log);
        });
        using var again = await broker.ConnectAsync();
        await again.PutAsync(new Keyed("d", new string('x', 900)));
        broker.Server.ApplyCompaction();
        Assert.Contains("Compaction of t-0 failed", Assert.Single(broker.Log.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(broker.Folder, "t-0")), file => file.EndsWith(".cleaned", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_topic_can_be_deleted_while_it_is_compacted()
    {
        await using var broker = CompactedTopic.Start(null);
        using var client = await broker.ConnectAsync();
        for (var round = 0; round < TestSize.Of(10, 200); round++)
        {
            for (var i = 0; i < 30; i++)
                await client.PutAsync(new Keyed($"k{i % 3}", new string('x', 900)));
            var compacting = Task.Run(broker.Server.ApplyCompaction);
            var deleted = await client.AskAsync(new DeleteTopicsRequest { TopicNames = ["t"] });
            Assert.Equal(ErrorCode.None, deleted.Topics.Single().ErrorCode);
            await compacting.WaitAsync(TimeSpan.FromSeconds(20));
            Assert.False(Directory.Exists(Path.Combine(broker.Folder, "t-0")));
            await client.AskAsync(new CreateTopicsRequest
            {
                Topics =
                [
                    new NewTopic
                    {
                        Name = "t", NumPartitions = 1, ReplicationFactor = 1,
                        Configs = [.. new[] { ("cleanup.policy", "compact"), ("segment.bytes", "1000"), ("min.cleanable.dirty.ratio", "0") }.Select(c => new NewTopicConfig { Name = c.Item1, Value = c.Item2 })],
                    },
                ],
            });
        }

        Assert.Empty(broker.Log.Warnings);
    }

    [Fact]
    public async Task It_is_done_again_and_again_while_others_read_and_write()
    {
        await using var broker = TestBroker.Start(options => options with
        {
            Configs = new Dictionary<string, string> { ["log.cleaner.backoff.ms"] = "5" },
            Topics = [new StartTopic("t") { Configs = new Dictionary<string, string> { ["cleanup.policy"] = "compact", ["segment.bytes"] = "2000", ["min.cleanable.dirty.ratio"] = "0" } }],
        });
        using var writer = await broker.ConnectAsync();
        using var reader = await broker.ConnectAsync();
        using var done = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                var read = (await reader.RecordsAsync()).ToLookup(r => r.Key, r => int.Parse(r.Value!));
                Assert.All(read, values => Assert.Equal(values.Order(), values));
            }
        });
        for (var i = 0; i < 600; i++)
            await writer.PutAsync(new Keyed($"k{i % 10}", $"{i}"));
        await writer.RollAsync();
        await writer.RollAsync();
        await Eventually.TrueAsync(async () => (await writer.RecordsAsync()).Count == 10, "each key once");
        Assert.Equal(Enumerable.Range(590, 10), (await writer.RecordsAsync()).Select(r => int.Parse(r.Value!)));
        await done.CancelAsync();
        await reading.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Empty(broker.Log.Warnings);
    }

    private static long ActiveBase(TestBroker broker) =>
        Directory.GetFiles(Path.Combine(broker.Folder, "t-0"), "*.log").Max(path => long.Parse(Path.GetFileNameWithoutExtension(path)));

    private static async Task<IEnumerable<string?>> ValuesAsync(RawClient client) => (await client.RecordsAsync()).Select(r => r.Value);

    private static async Task<Keyed> FirstFromAsync(RawClient client, long offset)
    {
        using var buffer = new PooledBuffer();
        var rest = (await client.FetchAsync("t", offset)).Records!.Value;
        Assert.True(RecordBatch.TryTake(ref rest, out var batch));
        var record = batch.ReadRecords(buffer).First(r => r.Offset >= offset);
        return new Keyed("", null, record.Offset, record.Timestamp);
    }
}
