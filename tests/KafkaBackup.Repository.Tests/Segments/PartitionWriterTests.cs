using CsCheck;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Segments;

public sealed class PartitionWriterTests
{
    private readonly MemoryObjectStore store = new();

    [Fact]
    public async Task Batches_are_stored_verbatim_and_named_by_the_first_ones_base()
    {
        var batches = new[] { Some.Batch(100, 4), Some.Batch(105, 0), Some.Batch(110, 2) };

        var result = await WriteAsync(100, 120, Some.SmallSegments, batches);

        var segment = Assert.Single(result.Segments);
        Assert.Equal("topics/orders/life-1/run-1/orders-3/00000000000000000100.log", segment.Object);
        Assert.Equal(Some.Join(batches), store.Objects[segment.Object]);
        Assert.Equal((100, 100, 120, 0, Some.Join(batches).Length), (segment.Base, segment.From, segment.To, segment.Offset, segment.Length));
        Assert.Equal((3, 9), (segment.Batches, segment.Records));
        Assert.Equal(PlainHash.Of(Some.Join(batches)), segment.Sha256);
        Assert.Equal(segment.Sha256, result.Digest);
        Assert.Equal((3, 100L, 120L, 3L, 9L, (long)segment.Length, 1000L), (result.Partition, result.From, result.To, result.Batches, result.Records, result.Bytes, result.MaxTimestamp));
    }

    [Fact]
    public async Task A_range_without_batches_writes_nothing()
    {
        var result = await WriteAsync(100, 150, Some.SmallSegments);

        Assert.Empty(store.Objects);
        Assert.Empty(result.Segments);
        Assert.Equal((100L, 150L, 0L, 0L, 0L, -1L, null), (result.From, result.To, result.Batches, result.Records, result.Bytes, result.MaxTimestamp, result.Digest));
    }

    [Theory]
    [InlineData(300, new[] { 300, 100 })]
    [InlineData(299, new[] { 200, 200 })]
    [InlineData(399, new[] { 300, 100 })]
    [InlineData(400, new[] { 400 })]
    [InlineData(100, new[] { 100, 100, 100, 100 })]
    [InlineData(99, new[] { 100, 100, 100, 100 })]
    [InlineData(1, new[] { 100, 100, 100, 100 })]
    public async Task A_segment_ends_before_the_batch_that_would_make_it_too_large(long segmentBytes, int[] expected)
    {
        var batches = Enumerable.Range(0, 4).Select(i => Some.Batch(i, payload: 39)).ToArray();

        var result = await WriteAsync(0, 4, new SegmentPolicy(segmentBytes, 4096), batches);

        Assert.Equal(expected, result.Segments.Select(s => store.Objects[s.Object].Length));
        Assert.Equal(expected, result.Segments.Select(s => (int)s.Length));
    }

    [Fact]
    public async Task The_default_segment_is_a_gibibyte() => await Task.Run(() => Assert.Equal((1073741824, 4096), (SegmentPolicy.Default.SegmentBytes, SegmentPolicy.Default.IndexIntervalBytes)));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2147483648, 0)]
    [InlineData(1, -1)]
    public void A_segment_size_that_positions_can_not_express_is_refused(long bytes, int interval) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SegmentPolicy(bytes, interval));

    [Theory]
    [InlineData(199, new[] { 200, 400, 600 })]
    [InlineData(200, new[] { 300, 600 })]
    [InlineData(0, new[] { 100, 200, 300, 400, 500, 600 })]
    public async Task An_index_entry_follows_after_more_bytes_than_the_interval(int interval, int[] positions)
    {
        await WriteAsync(0, 7, new SegmentPolicy(10_000, interval), [.. Enumerable.Range(0, 7).Select(i => Some.Batch(i, payload: 39, maxTimestamp: 50 + (i % 5)))]);

        Assert.Equal(
            positions.Select(position => (position / 100L, (long)position)),
            PlainReader.Index(store.Objects[Some.Path.Folder + "00000000000000000000.index"], 0));
        Assert.Equal(
            positions.Select(position => Math.Min(position / 100, 4)).Append(4).Distinct().Select(i => (50L + i, (long)i)),
            PlainReader.TimeIndex(store.Objects[Some.Path.Folder + "00000000000000000000.timeindex"], 0));
    }

    [Fact]
    public async Task A_batch_larger_than_a_segment_stands_alone()
    {
        var result = await WriteAsync(0, 3, Some.SmallSegments, Some.Batch(0), Some.Batch(1, payload: 5000), Some.Batch(2));

        Assert.Equal([71L, 5061L, 71L], result.Segments.Select(s => s.Length));
    }

    [Theory]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MaxValue + 1L, 2)]
    public async Task A_segment_ends_where_relative_offsets_would(long lastOffset, int segments)
    {
        var result = await WriteAsync(10, 10 + lastOffset + 1, new SegmentPolicy(10_000, 0), Some.Batch(10), Some.Batch(10 + lastOffset - 4, 4));

        Assert.Equal(segments, result.Segments.Count);
        Assert.Equal(10 + lastOffset + 1, result.Segments[^1].To);
    }

    [Fact]
    public async Task Segments_cover_the_whole_range_without_gap_or_overlap()
    {
        var batches = new[] { Some.Batch(98, 4, 500), Some.Batch(150, 0, 500), Some.Batch(170, 9, 500) };

        var result = await WriteAsync(100, 300, new SegmentPolicy(100, 4096), batches);

        Assert.Equal([(98L, 100L, 103L), (150L, 103L, 151L), (170L, 151L, 300L)], result.Segments.Select(s => (s.Base, s.From, s.To)));
    }

    [Fact]
    public async Task Control_batches_count_neither_as_records_nor_for_timestamps()
    {
        var result = await WriteAsync(
            0, 9, Some.SmallSegments,
            Some.Batch(0, 1, maxTimestamp: 5), Some.Batch(2, attributes: BatchAttributes.Control | BatchAttributes.Transactional, maxTimestamp: 99), Some.Batch(3, 5, count: 0, maxTimestamp: -1));

        Assert.Equal((3L, 2L, 5L), (result.Batches, result.Records, result.MaxTimestamp));
        Assert.Equal([(5L, 1L)], PlainReader.TimeIndex(store.Objects[Some.Path.Folder + "00000000000000000000.timeindex"], 0));
    }

    [Fact]
    public async Task An_aborted_range_is_kept_for_every_segment_that_has_batches_of_it()
    {
        byte[] Transactional(long offset, long producer) => Some.Batch(offset, 4, 300, producerId: producer, attributes: BatchAttributes.Transactional);
        await using var writer = new PartitionWriter(store, Some.Path, 0, new SegmentPolicy(1083, 4096));
        await writer.AppendAsync(Some.Join(Transactional(0, 5), Transactional(5, 6)), [new(5, 0, 9), new(6, 5, 9)]);
        await writer.AppendAsync(Some.Join(Transactional(10, 5), Transactional(20, 5)), [new(5, 0, 33)]);
        await writer.AppendAsync(Some.Join(Transactional(30, 6), Transactional(35, 5), Transactional(40, 6)), [new(5, 0, 39), new(6, 40, 44)]);
        await writer.AppendAsync(Some.Join(Transactional(45, 7), Transactional(50, 6)), [new(6, 40, 60), new(5, 0, 70)]);
        var result = await writer.CompleteAsync(70);

        Assert.Equal([new(5, 0, 14), new(6, 5, 9)], result.Segments[0].Aborted);
        Assert.Equal([new(5, 20, 39)], result.Segments[1].Aborted);
        Assert.Equal([new(6, 40, 54)], result.Segments[2].Aborted);
        Assert.Equal(
            [(0, 6, 5, 9, 0), (0, 5, 0, 14, 15)],
            PlainReader.TransactionIndex(store.Objects[Some.Path.Folder + "00000000000000000000.txnindex"]));
    }

    [Fact]
    public async Task Batches_that_are_not_of_an_aborted_transaction_stay_out_of_its_range()
    {
        byte[] Of(long offset, BatchAttributes attributes) => Some.Batch(offset, 4, producerId: 5, attributes: attributes);
        await using var writer = new PartitionWriter(store, Some.Path, 0, SegmentPolicy.Default);
        await writer.AppendAsync(
            Some.Join(
                Of(0, BatchAttributes.None),
                Of(5, BatchAttributes.Transactional),
                Of(10, BatchAttributes.Transactional | BatchAttributes.Control),
                Of(15, BatchAttributes.Transactional),
                Of(20, BatchAttributes.Transactional),
                Of(25, BatchAttributes.None),
                Of(30, BatchAttributes.Transactional)),
            [new(5, 0, 12), new(5, 20, 40), new(9, 0, 30)]);
        var result = await writer.CompleteAsync(70);

        Assert.Equal([new(5, 5, 9), new(5, 20, 34)], result.Segments[0].Aborted);
    }

    [Fact]
    public async Task Without_aborted_ranges_there_is_no_transaction_index()
    {
        await WriteAsync(0, 9, Some.SmallSegments, Some.Batch(0, 8));

        Assert.Equal([".index", ".log", ".timeindex"], store.Objects.Keys.Select(Path.GetExtension).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_segment_is_there_only_once_its_indexes_are()
    {
        var order = new List<string>();
        store.BeforeChange = name => order.Add(Path.GetExtension(name));
        await using var writer = new PartitionWriter(store, Some.Path, 0, Some.SmallSegments);
        await writer.AppendAsync(Some.Batch(0, producerId: 1, attributes: BatchAttributes.Transactional), [new(1, 0, 0)]);
        await writer.CompleteAsync(1);

        Assert.Equal([".log", ".index", ".timeindex", ".txnindex", ".log"], order);
    }

    [Fact]
    public async Task Damaged_cut_off_and_misplaced_batches_are_refused()
    {
        var damaged = Some.Batch(5);
        damaged[^1] ^= 1;

        Assert.Contains("CRC", await RefusalAsync(damaged));
        Assert.Contains("no whole batch", await RefusalAsync(Some.Batch(5)[..^1]));
        Assert.Contains("no whole batch", await RefusalAsync(Some.Batch(5)[..20]));
        Assert.Contains("next offset to be stored is 5", await RefusalAsync(Some.Batch(2, 2)));
        Assert.Contains("next offset to be stored is 11", await RefusalAsync(Some.Join(Some.Batch(5, 5), Some.Batch(10))));
        Assert.Null(await RefusalAsync(Some.Batch(2, 3)));
    }

    [Fact]
    public async Task The_CRC_of_a_batch_that_the_caller_has_checked_is_not_looked_at_again_but_its_order_is()
    {
        var bent = Some.Batch(0, 9);
        bent[^1] ^= 1;
        await using var checking = new PartitionWriter(store, Some.Path, 0, Some.SmallSegments);
        await Assert.ThrowsAsync<InvalidBatchException>(async () => await checking.AppendAsync(bent, []));

        await using var trusting = new PartitionWriter(store, Some.Path, 0, Some.SmallSegments);
        await trusting.AppendCheckedAsync(bent, []);
        Assert.Equal(10, trusting.NextOffset);
        await Assert.ThrowsAsync<InvalidBatchException>(async () => await trusting.AppendCheckedAsync(Some.Batch(3, 4), []));
    }

    [Fact]
    public async Task The_cut_is_not_below_what_was_stored()
    {
        await using var writer = new PartitionWriter(store, Some.Path, 0, Some.SmallSegments);
        await writer.AppendAsync(Some.Batch(0, 9), []);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => writer.CompleteAsync(9));
    }

    [Fact]
    public async Task After_a_failure_a_writer_does_not_go_on()
    {
        await using var writer = new PartitionWriter(store, Some.Path, 0, Some.SmallSegments);
        await Assert.ThrowsAsync<InvalidBatchException>(async () => await writer.AppendAsync(new byte[9], []));

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.AppendAsync(Some.Batch(0), []));
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.CompleteAsync(1));
    }

    [Fact]
    public async Task A_second_run_that_stores_other_bytes_under_a_taken_name_is_told()
    {
        await WriteAsync(0, 1, Some.SmallSegments, Some.Batch(0));

        await Assert.ThrowsAsync<ObjectConflictException>(() => WriteAsync(0, 1, Some.SmallSegments, Some.Batch(0, payload: 11)));
    }

    [Theory]
    [InlineData("..", "life-1", "run", 0)]
    [InlineData("a/b", "life-1", "run", 0)]
    [InlineData("a", "", "run", 0)]
    [InlineData("a", "life-1", "r/../un", 0)]
    public void A_path_that_leads_elsewhere_is_refused(string topic, string lineage, string generation, int partition) =>
        Assert.Throws<ArgumentException>(() => new PartitionPath(topic, lineage, generation, partition));

    [Fact]
    public void However_batches_are_split_into_appends_the_objects_are_the_same() =>
        Some.Batches().SelectMany(batches => Gen.Select(Gen.Const(batches), Gen.Int[0, 5].Array[batches.Length], Some.Aborted(), Gen.Long[100, 1500], Gen.Int[0, 700]))
            .Sample(
                sample =>
                {
                    var (batches, splits, aborted, segmentBytes, interval) = sample;
                    var policy = new SegmentPolicy(segmentBytes, interval);
                    var (whole, split) = (new MemoryObjectStore(), new MemoryObjectStore());
                    var expected = Runs.WriteAsync(whole, policy, [batches], aborted).Result;
                    var actual = Runs.WriteAsync(split, policy, Runs.Split(batches, splits), aborted).Result;
                    Runs.AssertSame(whole, expected, split, actual);
                },
                iter: 300);

    private async Task<PartitionBackup> WriteAsync(long from, long to, SegmentPolicy policy, params byte[][] batches)
    {
        await using var writer = new PartitionWriter(store, Some.Path, from, policy);
        await writer.AppendAsync(Some.Join(batches), []);
        return await writer.CompleteAsync(to);
    }

    private async Task<string?> RefusalAsync(byte[] batches)
    {
        await using var writer = new PartitionWriter(store, Some.Path, 5, Some.SmallSegments);
        return (await Xunit.Record.ExceptionAsync(async () => await writer.AppendAsync(batches, []))) is InvalidBatchException e ? e.Message : null;
    }
}
