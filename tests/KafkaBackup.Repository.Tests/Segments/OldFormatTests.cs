using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Segments;

/// <summary>Messages of magic 0 and 1, as a real broker wrote them, kept as they are.</summary>
public sealed class OldFormatTests
{
    public static TheoryData<string, long> Logs
    {
        get
        {
            var data = new TheoryData<string, long>();
            foreach (var log in FixtureLog.Old)
            {
                foreach (var size in (long[])[1, 700, 3_000, 1 << 30])
                    data.Add(log.Name, size);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public async Task They_are_stored_byte_for_byte_and_read_back_whatever_the_segments_size(string name, long segmentBytes)
    {
        var log = FixtureLog.Of(name);
        var bytes = log.LogFiles.SelectMany(File.ReadAllBytes).ToArray();
        var end = log.Offsets.GetProperty("highWatermark").GetInt64();
        var store = new MemoryObjectStore();
        var path = new PartitionPath(log.Topic, "life-1", "g1", log.Partition);
        PartitionBackup backup;
        await using (var writer = new PartitionWriter(store, path, 0, SegmentPolicy.Default with { SegmentBytes = segmentBytes }))
        {
            await writer.AppendAsync(bytes, [], TestContext.Current.CancellationToken);
            backup = await writer.CompleteAsync(end, TestContext.Current.CancellationToken);
        }

        var stored = new MemoryStream();
        var offsets = new List<long>();
        using var buffer = new PooledBuffer();
        await using var reader = new PartitionReader(store, log.Topic, backup.Segments);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            stored.Write(reader.Current.Batch.Bytes.Span);
            offsets.AddRange(reader.Current.Batch.ReadRecords(buffer).Select(r => r.Offset).Where(o => o >= reader.Current.Segment.From && o < reader.Current.Segment.To));
        }

        Assert.Equal(bytes, stored.ToArray());
        Assert.Equal(Enumerable.Range(0, (int)end).Select(i => (long)i), offsets);
        // No name lies above a record in it: Kafka would not find what is below a segment's base.
        Assert.All(backup.Segments, s => Assert.Equal(s.Base, s.From));
        Assert.Equal(0, backup.Segments[0].Base);
    }

    [Theory]
    [InlineData("fx-v1-0")]
    [InlineData("fx-v0-0")]
    public async Task A_run_that_goes_on_takes_over_what_is_there(string name)
    {
        var log = FixtureLog.Of(name);
        var bytes = log.LogFiles.SelectMany(File.ReadAllBytes).ToArray();
        var end = log.Offsets.GetProperty("highWatermark").GetInt64();
        var (store, policy) = (new MemoryObjectStore(), SegmentPolicy.Default with { SegmentBytes = 900 });
        var path = new PartitionPath(log.Topic, "life-1", "g1", log.Partition);
        PartitionBackup whole;
        await using (var writer = new PartitionWriter(store, path, 0, policy))
        {
            await writer.AppendAsync(bytes, [], TestContext.Current.CancellationToken);
            whole = await writer.CompleteAsync(end, TestContext.Current.CancellationToken);
        }

        await using var resumed = new PartitionWriter(store, path, 0, policy);
        Assert.Equal(whole.Segments[^1].To, await resumed.ResumeAsync(TestContext.Current.CancellationToken));
        Assert.Equal(whole.Segments, (await resumed.CompleteAsync(end, TestContext.Current.CancellationToken)).Segments, (a, b) => a.ToString() == b.ToString() && a.Sha256 == b.Sha256);
    }

    [Fact]
    public async Task Damage_is_found_by_their_own_checksum()
    {
        var log = FixtureLog.Of("fx-v1-0");
        var bytes = log.LogFiles.SelectMany(File.ReadAllBytes).ToArray();
        bytes[40] ^= 1;
        await using var writer = new PartitionWriter(new MemoryObjectStore(), new PartitionPath(log.Topic, "life-1", "g1", 0), 0, SegmentPolicy.Default);
        await Assert.ThrowsAsync<InvalidBatchException>(() => writer.AppendAsync(bytes, [], TestContext.Current.CancellationToken).AsTask());
    }
}
