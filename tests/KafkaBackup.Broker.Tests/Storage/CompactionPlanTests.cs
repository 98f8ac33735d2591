using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Broker.Tests.Storage;

/// <summary>When compaction is due, and what it takes in.</summary>
public sealed class CompactionPlanTests
{
    [Fact]
    public async Task Nothing_is_taken_from_the_segment_that_is_written_to()
    {
        await using var broker = CompactedTopic.Start(null);
        using var client = await broker.ConnectAsync();
        for (var i = 0; i < 3; i++)
            await client.PutAsync(new Keyed("k", $"{i}"));
        broker.Server.ApplyCompaction();
        Assert.Equal(["0", "1", "2"], await ValuesAsync(client));
        await client.RollAsync();
        broker.Server.ApplyCompaction();
        Assert.Equal(["2"], await ValuesAsync(client));
    }

    [Fact]
    public async Task Nothing_is_taken_from_a_topic_that_is_not_compacted()
    {
        await using var broker = CompactedTopic.Start(null, ("cleanup.policy", "delete"));
        using var client = await broker.ConnectAsync();
        for (var i = 0; i < 3; i++)
            await client.PutAsync(new Keyed("k", $"{i}"));
        await client.RollAsync();
        broker.Server.ApplyCompaction();
        Assert.Equal(["0", "1", "2"], await ValuesAsync(client));
    }

    [Fact]
    public async Task A_log_is_compacted_once_more_of_it_is_dirty_than_the_ratio_allows_or_some_of_it_is_overdue()
    {
        var time = new ShiftedTime();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await using var broker = CompactedTopic.Start(time, ("min.cleanable.dirty.ratio", "0.5"), ("max.compaction.lag.ms", "3600000"));
        using var client = await broker.ConnectAsync();
        Task PutAsync(string key, int size) => client.PutAsync(new Keyed(key, new string('x', size), Timestamp: now));
        // Clean: three full segments. The next pass takes one more in, a quarter: not enough.
        foreach (var key in new[] { "a", "b", "c", "d" })
            await PutAsync(key, 900);
        broker.Server.ApplyCompaction();
        await PutAsync("a", 900);
        broker.Server.ApplyCompaction();
        Assert.Equal(["a", "b", "c", "d", "a"], (await client.RecordsAsync()).Select(r => r.Key));
        time.Advance(TimeSpan.FromMinutes(59));
        broker.Server.ApplyCompaction();
        Assert.Equal(5, (await client.RecordsAsync()).Count);
        // Overdue: an hour has gone. What is written then begins a segment, or the last one could never be compacted.
        time.Advance(TimeSpan.FromMinutes(2));
        await client.PutAsync(new Keyed("e", "small", Timestamp: time.GetUtcNow().ToUnixTimeMilliseconds()));
        broker.Server.ApplyCompaction();
        Assert.Equal(["b", "c", "d", "a", "e"], (await client.RecordsAsync()).Select(r => r.Key));
    }

    [Fact]
    public async Task More_than_the_ratio_is_enough()
    {
        await using var broker = CompactedTopic.Start(null, ("min.cleanable.dirty.ratio", "0.5"));
        using var client = await broker.ConnectAsync();
        foreach (var key in new[] { "a", "b" })
            await client.PutAsync(new Keyed(key, new string('x', 900)));
        broker.Server.ApplyCompaction();
        foreach (var key in new[] { "a", "b", "c" })
            await client.PutAsync(new Keyed(key, new string('x', 900)));
        broker.Server.ApplyCompaction();
        Assert.Equal(["a", "b", "c"], (await client.RecordsAsync()).Select(r => r.Key));
    }

    [Fact]
    public async Task How_far_it_has_come_is_known_after_a_restart_and_forgotten_with_the_topic()
    {
        await using var broker = CompactedTopic.Start(null, ("min.cleanable.dirty.ratio", "0.5"));
        using (var client = await broker.ConnectAsync())
        {
            foreach (var key in new[] { "a", "b", "c", "d" })
                await client.PutAsync(new Keyed(key, new string('x', 900)));
            broker.Server.ApplyCompaction();
        }

        await broker.RestartAsync();
        using var again = await broker.ConnectAsync();
        await again.PutAsync(new Keyed("a", new string('x', 900)));
        broker.Server.ApplyCompaction();
        Assert.Equal(["a", "b", "c", "d", "a"], (await again.RecordsAsync()).Select(r => r.Key));

        await again.AskAsync(new DeleteTopicsRequest { TopicNames = ["t"] });
        await again.AskAsync(new CreateTopicsRequest
        {
            Topics =
            [
                new NewTopic
                {
                    Name = "t", NumPartitions = 1, ReplicationFactor = 1,
                    Configs = [.. new[] { ("cleanup.policy", "compact"), ("segment.bytes", "1000") }.Select(c => new NewTopicConfig { Name = c.Item1, Value = c.Item2 })],
                },
            ],
        });
        foreach (var key in new[] { "a", "a", "b" })
            await again.PutAsync(new Keyed(key, new string('x', 900)));
        broker.Server.ApplyCompaction();
        Assert.Equal([1, 2], (await again.RecordsAsync()).Select(r => r.Offset));
    }

    [Fact]
    public void Segments_become_one_while_they_fit_and_their_offsets_fit_an_index()
    {
        using var folder = new TestFolder();
        var settings = Topics.TopicConfig.ToSettings(
            new Dictionary<string, string> { ["cleanup.policy"] = "compact", ["segment.bytes"] = "250", ["min.cleanable.dirty.ratio"] = "0" }, new Dictionary<string, string>());
        var batch = Batches.Of(Batches.Plain, "a");
        var segments = new[] { 0L, 1, 2, 3, 10, 3_000_000_000, 3_000_000_001, 3_000_000_002 }.Select(offset =>
        {
            var segment = new Logs.LogSegment(folder.Path, offset, 4096);
            BatchHeader.TryRead(batch, out var header);
            segment.Append(batch, header with { BaseOffset = offset });
            return segment;
        }).ToArray();
        try
        {
            Assert.InRange(batch.Length, 250 / 4 + 1, 250 / 3);
            var view = new Logs.LogView(segments, batch.Length, 0, 3_000_000_003, 3_000_000_003);
            var plan = Logs.Compaction.CompactionPlan.Of(view, settings, 0, Batches.Now)!;
            // Three fit; the fifth reaches to where the sixth begins, too far for one index with the fourth.
            Assert.Equal(["0 1 2", "3", "10", "3000000000 3000000001"], plan.Groups.Select(group => string.Join(' ', group.Select(segment => segment.BaseOffset))));
        }
        finally
        {
            Array.ForEach(segments, segment => segment.Dispose());
        }
    }

    [Fact]
    public async Task What_is_younger_than_min_compaction_lag_stays_and_what_lies_behind_it()
    {
        var time = new ShiftedTime();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await using var broker = CompactedTopic.Start(time, ("min.compaction.lag.ms", "3600000"));
        using var client = await broker.ConnectAsync();
        foreach (var age in new[] { 2, 2, 0, 2, 2 })
            await client.PutAsync(new Keyed("k", new string('x', 900), Timestamp: now - (age * 3_600_000)));
        broker.Server.ApplyCompaction();
        Assert.Equal([1, 2, 3, 4], (await client.RecordsAsync()).Select(r => r.Offset));
        time.Advance(TimeSpan.FromHours(1.1));
        broker.Server.ApplyCompaction();
        Assert.Equal([3, 4], (await client.RecordsAsync()).Select(r => r.Offset));
    }

    private static async Task<IEnumerable<string?>> ValuesAsync(RawClient client) => (await client.RecordsAsync()).Select(r => r.Value);
}
