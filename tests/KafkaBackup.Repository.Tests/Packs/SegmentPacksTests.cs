using CsCheck;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Segments;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Packs;

public sealed class SegmentPacksTests
{
    private static readonly SegmentPolicy Policy = new(200, 100);

    private readonly MemoryObjectStore store = new();
    private readonly byte[][] batches = Enumerable.Range(0, 8).Select(i => Some.Batch(100 + (i * 10), 9, 29)).ToArray();

    [Fact]
    public void However_partitions_are_packed_and_the_run_is_interrupted_what_is_backed_up_is_the_same_and_nothing_is_left() =>
        Gen.Select(
                Some.Batches(25).Array[1, 5],
                Gen.Int[0, 4].Array[6],
                Some.Aborted(),
                Gen.Select(Gen.Long[100, 1500], Gen.Int[0, 700], Gen.Int[0, 1500], Gen.Long[1, 4000], Gen.Long[0, 16_384]),
                Gen.Int[1, 30].Array[0, 5])
            .Sample(
                sample =>
                {
                    var (partitions, splits, aborted, (segmentBytes, interval, packedBytes, packBytes, bufferBytes), faults) = sample;
                    var policy = new SegmentPolicy(segmentBytes, interval) { PackedSegmentBytes = packedBytes, PackBytes = packBytes, BufferBytes = bufferBytes };
                    var pieces = partitions.Select(batches => Runs.Split(batches, splits)).ToArray();
                    var (whole, broken) = (new MemoryObjectStore(), new MemoryObjectStore());
                    var expected = PackRuns.WriteAsync(whole, policy with { PackedSegmentBytes = 0 }, pieces, aborted).Result;
                    Assert.DoesNotContain(whole.Objects.Keys, name => name.StartsWith("packs/", StringComparison.Ordinal));
                    foreach (var fault in faults)
                    {
                        var changes = 0;
                        broken.BeforeChange = _ =>
                        {
                            if (Interlocked.Increment(ref changes) >= fault)
                                throw new IOException("the process was killed here");
                        };
                        _ = Record.ExceptionAsync(() => PackRuns.WriteAsync(broken, policy, pieces, aborted)).Result;
                    }

                    broken.BeforeChange = null;
                    var actual = PackRuns.WriteAsync(broken, policy, pieces, aborted).Result;
                    PackRuns.AssertSameAsync(whole, expected, broken, actual).Wait();
                    PackRuns.AssertNothingIsLeftAsync(broken, actual).Wait();
                },
                iter: 300);

    [Fact]
    public async Task A_pack_is_its_segments_each_with_its_indexes_then_a_directory()
    {
        byte[] control = [.. Some.Batch(110, 9, 29, producerId: 7, attributes: KafkaBackup.Protocol.Records.BatchAttributes.Transactional)];
        var backups = await PackRuns.WriteAsync(store, new SegmentPolicy(10_000, 50), [[[batches[0], control]], [[batches[2]]]], [new(7, 110, 119)]);

        var (name, pack) = Assert.Single(store.Objects);
        Assert.Equal("packs/run-1/00002-00000", name);
        var (first, second) = (backups[0].Segments.Single(), backups[1].Segments.Single());
        Assert.Equal((name, 0L, 180L, true), (first.Object, first.Offset, first.Length, first.IsPacked));
        byte[] expected =
        [
            .. batches[0], .. control,
            0, 0, 0, 8, 0, 0, 0, 12, 0, 0, 0, 34,
            0, 0, 0, 19, 0, 0, 0, 90,
            0, 0, 0, 0, 0, 0, 3, 232, 0, 0, 0, 9,
            0, 0, .. Long(7), .. Long(110), .. Long(119), .. Long(120),
            .. batches[2],
            0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 3, 232, 0, 0, 0, 9,
        ];
        Assert.Equal(180 + 12 + 8 + 12 + 34, second.Offset);
        Assert.Equal(expected, pack[..expected.Length]);
        Assert.Equal("KBPK"u8, pack.AsSpan()[^4..]);
        var directory = pack[expected.Length..^8];
        Assert.Equal(directory.Length, (pack[^7] << 16) | (pack[^6] << 8) | pack[^5]);
        Assert.StartsWith("""{"format":"kafka-backup-pack","version":1,"segments":[{"topic":"orders","lineage":"life-1","segment":{"partition":0,"object":"packs/run-1/00002-00000","offset":0,"length":180,""", System.Text.Encoding.UTF8.GetString(directory), StringComparison.Ordinal);

        static byte[] Long(int value) => [0, 0, 0, 0, 0, 0, 0, (byte)value];
    }

    [Theory]
    [InlineData(179, false)]
    [InlineData(180, true)]
    public async Task A_segment_above_the_bound_stands_alone(int bound, bool isPacked)
    {
        var backups = await PackRuns.WriteAsync(store, new SegmentPolicy(10_000, 50) { PackedSegmentBytes = bound }, [[[batches[0]], [batches[1]]]]);

        Assert.Equal(isPacked, backups[0].Segments.Single().IsPacked);
        Assert.Equal(isPacked ? 1 : 3, store.Objects.Count);
    }

    [Fact]
    public async Task A_pack_ends_with_the_segment_that_makes_it_large_enough()
    {
        // 90 bytes of log and 24 of indexes: the second one brings the pack to 228.
        byte[][][][] partitions = [.. Enumerable.Range(0, 5).Select(i => new[] { new[] { batches[i] } })];

        var backups = await PackRuns.WriteAsync(store, Policy with { PackBytes = 228 }, partitions);

        Assert.Equal(["packs/run-1/00002-00000", "packs/run-1/00002-00001", "packs/run-1/00002-00002"], store.Objects.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([2, 2, 1], backups.GroupBy(b => b.Segments.Single().Object).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Count()));
    }

    [Fact]
    public async Task What_is_gathered_is_bounded_and_the_largest_segment_makes_room()
    {
        var policy = new SegmentPolicy(1 << 20, 4096) { BufferBytes = 72 << 10 };
        await using var packs = new SegmentPacks(store, "run-1", 0, policy);
        var begun = new List<string>();
        store.BeforeChange = begun.Add;
        await using var large = new PartitionWriter(store, PackRuns.PathOf(0), 100, policy, packs);
        await using var small = new PartitionWriter(store, PackRuns.PathOf(1), 100, policy, packs);
        await large.AppendAsync(Some.Batch(100, payload: 40_000), []);
        await small.AppendAsync(Some.Batch(100, payload: 100), []);
        Assert.Empty(begun);

        await small.AppendAsync(Some.Batch(101, payload: 9_000), []);

        Assert.All(begun, name => Assert.Equal(PackRuns.PathOf(0).Segment(100), name));
        Assert.NotEmpty(begun);
        await large.AppendAsync(Some.Batch(101, payload: 10), []);
        await large.CloseAsync();
        await small.CloseAsync();
        var (alone, packed) = ((await large.CompleteAsync(102)).Segments.Single(), (await small.CompleteAsync(102)).Segments.Single());
        Assert.Equal((false, 2, true, 2), (alone.IsPacked, alone.Batches, packed.IsPacked, packed.Batches));
        Assert.Equal(alone.Length, store.Objects[alone.Object].Length);
    }

    [Fact]
    public async Task A_segment_that_has_ended_takes_no_memory_any_more()
    {
        var policy = new SegmentPolicy(1 << 20, 4096) { BufferBytes = 72 << 10 };
        byte[][][][] partitions = [.. Enumerable.Range(0, 20).Select(i => new[] { new[] { Some.Batch(100, payload: 40_000) } })];
        await using var packs = new SegmentPacks(store, "run-1", 0, policy);
        foreach (var (pieces, partition) in partitions.Select((pieces, i) => (pieces, i)))
        {
            await using var writer = new PartitionWriter(store, PackRuns.PathOf(partition), 100, policy, packs);
            await writer.AppendAsync(pieces[0][0], []);
            await writer.CloseAsync();
        }

        await packs.FlushAsync();

        Assert.Equal(["packs/run-1/00000-00000"], store.Objects.Keys);
    }

    [Fact]
    public async Task Before_a_segment_stands_alone_those_before_it_are_durable()
    {
        // A packed segment, and one that is too large behind it: a pack that ends later would leave a hole if the process died in between.
        var policy = Policy with { PackedSegmentBytes = 150 };
        await using var packs = new SegmentPacks(store, "run-1", 0, policy);
        await using var writer = new PartitionWriter(store, PackRuns.PathOf(0), 100, policy, packs);
        await writer.AppendAsync(Some.Batch(100, payload: 70), []);
        await writer.AppendAsync(Some.Batch(101, payload: 110), []);
        Assert.Empty(store.Objects);

        await writer.AppendAsync(Some.Batch(102, payload: 70), []);

        Assert.Equal(["packs/run-1/00000-00000", PackRuns.PathOf(0).Segment(101)], store.Objects.Keys.Where(n => !n.EndsWith("index", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_a_dead_attempt_packed_is_not_read_again_and_the_next_pack_has_the_next_number()
    {
        await InterruptAsync(PartitionsOf(3));

        await using var packs = new SegmentPacks(store, "run-1", PackRuns.Slice, Policy);
        await packs.ResumeAsync();
        await using var first = new PartitionWriter(store, PackRuns.PathOf(0), 100, Policy, packs);
        await using var second = new PartitionWriter(store, PackRuns.PathOf(1), 100, Policy, packs);
        Assert.Equal((120, 100), (await first.ResumeAsync(), await second.ResumeAsync()));
        await first.AppendAsync(Some.Join(batches[2..4]), []);
        var backup = await first.CompleteAsync(140);

        Assert.Equal(["packs/run-1/00002-00000", "packs/run-1/00002-00001"], backup.Segments.Select(s => s.Object));
        Assert.Equal([(100L, 120L), (120L, 140L)], backup.Segments.Select(s => (s.From, s.To)));
    }

    [Fact]
    public async Task Packs_of_other_shares_are_left_alone()
    {
        await InterruptAsync(PartitionsOf(3));

        await using var packs = new SegmentPacks(store, "run-1", PackRuns.Slice + 1, Policy);
        await packs.ResumeAsync();
        await using var writer = new PartitionWriter(store, PackRuns.PathOf(0), 100, Policy, packs);

        Assert.Equal(100, await writer.ResumeAsync());
    }

    [Fact]
    public async Task A_damaged_pack_of_a_dead_attempt_ends_the_run_and_is_named()
    {
        await InterruptAsync(PartitionsOf(3));
        var (name, pack) = store.Objects.Single();

        store.Objects[name] = Flipped(pack, 17);
        var changed = await Assert.ThrowsAsync<DamagedSegmentException>(() => PackRuns.WriteAsync(store, Policy, PartitionsOf(3)));
        Assert.Equal((name, "orders", 0), (changed.Name, changed.Topic, changed.Partition));
        Assert.Contains("CRC", changed.Problem, StringComparison.Ordinal);
        // The leader epoch is in no CRC.
        store.Objects[name] = Flipped(pack, 15);
        Assert.Contains("not what its directory says", (await Assert.ThrowsAsync<DamagedSegmentException>(() => PackRuns.WriteAsync(store, Policy, PartitionsOf(3)))).Problem, StringComparison.Ordinal);
        foreach (var at in (int[])[pack.Length - 30, pack.Length - 1, pack.Length - 5, pack.Length - 8])
        {
            store.Objects[name] = Flipped(pack, at);
            Assert.Equal(name, (await Assert.ThrowsAsync<DamagedObjectException>(() => PackRuns.WriteAsync(store, Policy, PartitionsOf(3)))).Name);
        }

        store.Objects[name] = pack[..7];
        Assert.Equal(name, (await Assert.ThrowsAsync<DamagedObjectException>(() => PackRuns.WriteAsync(store, Policy, PartitionsOf(3)))).Name);
        store.Objects[name] = pack;
        await PackRuns.WriteAsync(store, Policy, PartitionsOf(3));
    }

    [Fact]
    public async Task A_hole_before_a_packed_segment_is_named()
    {
        await PackRuns.WriteAsync(store, Policy with { PackBytes = 1 }, PartitionsOf(5));
        store.Objects.Remove("packs/run-1/00002-00001");

        Assert.Contains("is not the next one", (await Assert.ThrowsAsync<DamagedSegmentException>(() => PackRuns.WriteAsync(store, Policy, PartitionsOf(5)))).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_two_attempts_packed_at_once_is_taken_over_once()
    {
        var other = new MemoryObjectStore();
        await PackRuns.WriteAsync(other, Policy, PartitionsOf(3));
        var expected = await PackRuns.WriteAsync(store, Policy, PartitionsOf(3));
        store.Objects["packs/run-1/00002-00001"] = other.Objects.Single().Value;

        var actual = await PackRuns.WriteAsync(store, Policy, PartitionsOf(3));

        await PackRuns.AssertSameAsync(other, expected, store, actual);
        Assert.Equal(2, store.Objects.Count);
    }

    [Fact]
    public async Task A_pack_whose_name_is_taken_is_told()
    {
        await using var packs = new SegmentPacks(store, "run-1", 0, Policy);
        await using var writer = new PartitionWriter(store, PackRuns.PathOf(0), 100, Policy, packs);
        await writer.AppendAsync(batches[0], []);
        store.Objects["packs/run-1/00000-00000"] = [1];

        await Assert.ThrowsAsync<ObjectConflictException>(() => writer.CompleteAsync(110));
    }

    [Fact]
    public async Task Indexes_that_are_not_there_are_named()
    {
        var backups = await PackRuns.WriteAsync(store, Policy, PartitionsOf(1));
        var segment = backups[0].Segments.Single();
        var (name, pack) = store.Objects.Single();

        foreach (var damaged in (byte[][])[pack[..(int)(segment.Length + 11)], pack[..(int)(segment.Length + 23)], Flipped(pack, (int)segment.Length), Flipped(pack, (int)segment.Length + 11)])
        {
            store.Objects[name] = damaged;
            var error = await Assert.ThrowsAsync<DamagedObjectException>(() => store.ReadIndexesAsync(segment));
            Assert.Equal(name, error.Name);
        }
    }

    [Fact]
    public void Sizes_of_packs_are_checked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Policy with { PackedSegmentBytes = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Policy with { PackBytes = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Policy with { BufferBytes = -1 });
        Assert.Equal((2_097_152, 33_554_432, 8_388_608), (SegmentPolicy.Default.PackedSegmentBytes, SegmentPolicy.Default.PackBytes, SegmentPolicy.Default.BufferBytes));
    }

    private static byte[] Flipped(byte[] bytes, int at) => [.. bytes.Select((b, i) => i == at ? (byte)(b ^ 0x80) : b)];

    private byte[][][][] PartitionsOf(int count) => [[[.. batches[..count]]]];

    /// <summary>A run whose first partition has ended one segment, which a pack has, and that died in its next one.</summary>
    private async Task InterruptAsync(byte[][][][] partitions)
    {
        await using var packs = new SegmentPacks(store, "run-1", PackRuns.Slice, Policy with { PackBytes = 1 });
        await using var writer = new PartitionWriter(store, PackRuns.PathOf(0), 100, Policy, packs);
        await writer.AppendAsync(Some.Join(partitions[0].SelectMany(piece => piece)), []);
    }
}
