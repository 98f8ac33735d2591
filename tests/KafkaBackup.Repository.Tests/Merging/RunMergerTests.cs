using System.Text.Json;
using CsCheck;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Merging;

/// <summary>What segments become when they are merged.</summary>
public sealed class RunMergerTests
{
    private readonly MemoryObjectStore store = new();

    [Fact]
    public void Merged_segments_are_byte_for_byte_what_one_backup_of_all_would_have_written() =>
        Gen.Select(Some.Batches(), Some.Aborted(), Gen.Int[1, 6], Gen.Int[100, 4_000], Gen.Int[0, 500], Gen.Int[100, 1_000]).Sample(
            (batches, aborted, epochs, segmentBytes, interval, small) => AssertSameAsync(batches, aborted, epochs, segmentBytes, interval, small).GetAwaiter().GetResult(),
            iter: TestSize.Of(150, 3_000));

    private static async Task AssertSameAsync(byte[][] batches, AbortedRange[] aborted, int epochs, int segmentBytes, int interval, int small)
    {
        var (store, expectedStore) = (new MemoryObjectStore(), new MemoryObjectStore());
        var sources = new List<SegmentReference>();
        var from = 100L;
        foreach (var (part, number) in batches.Chunk(Math.Max(1, batches.Length / epochs)).Select((part, number) => (part, number)))
        {
            await using var writer = new PartitionWriter(store, new PartitionPath("orders", "life-1", $"run-{number}", 3), from, new SegmentPolicy(small, 100));
            await writer.AppendAsync(Some.Join(part), aborted);
            var backup = await writer.CompleteAsync(writer.NextOffset);
            sources.AddRange(backup.Segments);
            from = backup.To;
        }

        if (sources.Count == 0)
            return;
        var path = new PartitionPath("orders", "life-1", "merge-1", 3);
        var policy = new SegmentPolicy(segmentBytes, interval);
        await using var whole = new PartitionWriter(expectedStore, path, 100, policy);
        await whole.AppendAsync(Some.Join(batches), aborted);
        var expected = await whole.CompleteAsync(from);

        var read = 0L;
        var merged = await new RunMerger(store, path, policy, null).RunAsync(sources, bytes => read += bytes, default);

        Assert.Equal(JsonSerializer.Serialize(expected.Segments), JsonSerializer.Serialize(merged));
        Assert.Equal(sources.Sum(s => s.Length), read);
        Assert.All(expectedStore.Objects, o => Assert.Equal(o.Value, store.Objects[o.Key]));
        // Done again, it is the same and nothing else.
        var count = store.Objects.Count;
        Assert.Equal(JsonSerializer.Serialize(merged), JsonSerializer.Serialize(await new RunMerger(store, path, policy, null).RunAsync(sources, _ => { }, default)));
        Assert.Equal(count, store.Objects.Count);
    }

    [Fact]
    public async Task Aborted_ranges_of_neighbours_join_where_nothing_of_the_producer_lies_between()
    {
        var sources = new List<SegmentReference>();
        foreach (var (offset, other, aborted) in ((long, long, bool)[])[(0, 8, true), (20, 8, true), (40, 7, false), (60, 8, true)])
        {
            byte[] batches = [.. MergeRepositories.Transactional(offset, 9, 7), .. MergeRepositories.Transactional(offset + 10, 4, other)];
            var backup = await SomeEpochs.WriteAsync(store, offset, "orders", 0, offset, offset + 20, batches, aborted ? [new(7, offset, offset + 9)] : []);
            sources.AddRange(backup.Segments);
        }

        var merged = Assert.Single(await new RunMerger(store, new PartitionPath("orders", "life-1", "merge-1", 0), SegmentPolicy.Default, null).RunAsync(sources, _ => { }, default));

        Assert.Equal([new AbortedRange(7, 0, 29), new AbortedRange(7, 60, 69)], merged.Aborted);
        Assert.Contains("topics/orders/life-1/merge-1/orders-0/00000000000000000000.txnindex", store.Objects.Keys);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Damage_of_a_source_is_told_and_nothing_is_left_of_what_was_written(bool missing)
    {
        var sources = new List<SegmentReference>();
        for (var offset = 0L; offset < 50; offset += 10)
            sources.AddRange((await SomeEpochs.WriteAsync(store, offset, "orders", 0, offset, offset + 10, Some.Batch(offset, 9, 300))).Segments);
        if (missing)
            store.Objects.Remove(sources[3].Object);
        else
            store.Objects[sources[3].Object][3] ^= 1; // Of the base offset: no CRC covers it.
        var before = store.Objects.Keys.Order().ToList();

        var damage = await Assert.ThrowsAsync<DamagedSegmentException>(
            () => new RunMerger(store, new PartitionPath("orders", "life-1", "merge-1", 0), new SegmentPolicy(500, 100), null).RunAsync(sources, _ => { }, default));

        Assert.Equal((sources[3].Object, "orders", 0, 40L), (damage.Name, damage.Topic, damage.Partition, damage.To));
        Assert.Equal(before, store.Objects.Keys.Order());
    }

    [Fact]
    public async Task A_wrapper_behind_a_hole_begins_a_segment_of_its_own_and_others_go_on()
    {
        var log = FixtureLog.Old.First(log => log.LogFiles.SelectMany(File.ReadAllBytes).ToArray() is var bytes && RecordBatches(bytes).Count(b => b.Header.IsWrapper) > 3);
        var batches = RecordBatches([.. log.LogFiles.SelectMany(File.ReadAllBytes)]);
        var expected = batches.SelectMany(batch => batch.Bytes.ToArray()).ToArray();
        foreach (var hole in (int?[])[null, batches.FindLastIndex(batch => batch.Header.IsWrapper)])
        {
            var sources = new List<SegmentReference>();
            var from = 0L;
            for (var i = 0; i < batches.Count; i++)
            {
                // What lies below `from` and is not there may be in the wrapper that follows.
                var to = i + 1 == hole ? batches[i].Header.NextOffset + 1 : batches[i].Header.NextOffset;
                await using var writer = new PartitionWriter(store, new PartitionPath("old", "life-1", $"run-{hole}-{i}", 0), from, SegmentPolicy.Default);
                await writer.AppendAsync(batches[i].Bytes, []);
                sources.AddRange((await writer.CompleteAsync(to)).Segments);
                from = to;
            }

            var merged = await new RunMerger(store, new PartitionPath("old", "life-1", $"merge-{hole}", 0), SegmentPolicy.Default, null).RunAsync(sources, _ => { }, default);

            Assert.Equal(hole is null ? [0L] : [0L, sources[hole.Value].From], merged.Select(segment => segment.From));
            Assert.Equal(merged[0].To, merged.Count > 1 ? merged[1].From : from);
            Assert.Equal(expected, merged.SelectMany(segment => store.Objects[segment.Object]));
        }

        static List<RecordBatch> RecordBatches(byte[] bytes)
        {
            var (batches, rest) = (new List<RecordBatch>(), new ReadOnlyMemory<byte>(bytes));
            while (RecordBatch.TryTake(ref rest, out var batch))
                batches.Add(batch);
            return batches;
        }
    }
}
