using CsCheck;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Segments;

public sealed class ResumeTests
{
    private static readonly SegmentPolicy Policy = new(200, 100);

    private readonly MemoryObjectStore store = new();
    private readonly byte[][] batches = Enumerable.Range(0, 8).Select(i => Some.Batch(100 + (i * 10), 9, 29)).ToArray();

    [Fact]
    public void However_often_a_run_is_interrupted_the_objects_and_the_result_are_the_same() =>
        Some.Batches().SelectMany(batches => Gen.Select(
                Gen.Const(batches), Gen.Int[0, 5].Array[batches.Length], Some.Aborted(), Gen.Long[100, 1500], Gen.Int[0, 700], Gen.Int[1, 40].Array[0, 6]))
            .Sample(
                sample =>
                {
                    var (batches, splits, aborted, segmentBytes, interval, faults) = sample;
                    var policy = new SegmentPolicy(segmentBytes, interval);
                    var (whole, broken) = (new MemoryObjectStore(), new MemoryObjectStore());
                    var expected = Runs.WriteAsync(whole, policy, [batches], aborted).Result;
                    foreach (var fault in faults)
                    {
                        var changes = 0;
                        broken.BeforeChange = _ =>
                        {
                            if (++changes == fault)
                                throw new IOException("the process was killed here");
                        };
                        _ = Xunit.Record.ExceptionAsync(() => Runs.WriteAsync(broken, policy, Runs.Split(batches, splits), aborted, resume: true)).Result;
                    }

                    broken.BeforeChange = null;
                    var actual = Runs.WriteAsync(broken, policy, Runs.Split(batches, splits.Reverse().ToArray()), aborted, resume: true).Result;
                    Runs.AssertSame(whole, expected, broken, actual);
                },
                iter: 300);

    [Fact]
    public void On_a_file_system_the_objects_are_the_same_and_nothing_else_is_left() =>
        Some.Batches(20).Sample(
            batches =>
            {
                using var folder = new TemporaryFolder();
                var memory = new MemoryObjectStore();
                var expected = Runs.WriteAsync(memory, Policy, [batches], []).Result;
                var files = new FileSystemObjectStore(folder.Path);
                _ = Xunit.Record.ExceptionAsync(() => Runs.WriteAsync(files, Policy, [batches[..(batches.Length / 2)], [new byte[1]]], [], resume: true)).Result;
                var actual = Runs.WriteAsync(files, Policy, [batches], [], resume: true).Result;

                Assert.Equal(System.Text.Json.JsonSerializer.Serialize(expected), System.Text.Json.JsonSerializer.Serialize(actual));
                Assert.Equal(
                    memory.Objects.ToDictionary(),
                    Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).ToDictionary(f => Path.GetRelativePath(folder.Path, f).Replace('\\', '/'), File.ReadAllBytes));
            },
            iter: 20);

    [Fact]
    public async Task Nothing_is_read_again_that_lies_in_a_finished_segment()
    {
        await InterruptAsync(after: 5);

        await using var writer = new PartitionWriter(store, Some.Path, 100, Policy);

        Assert.Equal(140, await writer.ResumeAsync());
    }

    [Fact]
    public async Task A_run_that_died_after_its_completion_completes_again()
    {
        var expected = await Runs.WriteAsync(store, Policy, [batches[..5]], []);
        var objects = store.Objects.ToDictionary(o => o.Key, o => o.Value);

        await using var writer = new PartitionWriter(store, Some.Path, 100, Policy);
        Assert.Equal(150, await writer.ResumeAsync());
        var actual = await writer.CompleteAsync(155);

        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(expected), System.Text.Json.JsonSerializer.Serialize(actual));
        Assert.Equal(objects, store.Objects);
    }

    [Fact]
    public async Task A_completed_run_can_not_go_on_beyond_its_cut()
    {
        await Runs.WriteAsync(store, Policy, [batches[..5]], []);
        await using var writer = new PartitionWriter(store, Some.Path, 100, Policy);
        await writer.ResumeAsync();

        var error = await Assert.ThrowsAsync<DamagedSegmentException>(async () => await writer.AppendAsync(batches[5], []));

        Assert.Equal(Some.Path.Segment(140), error.Name);
    }

    [Fact]
    public async Task Indexes_without_their_segment_do_not_stand_in_the_way_of_other_bytes()
    {
        // A compacted topic: the earlier attempt read a batch that has been cleaned since.
        store.Objects[Some.Path.Folder + "00000000000000000100.index"] = [1];
        store.Objects[Some.Path.Folder + "00000000000000000100.timeindex"] = [1];
        store.Objects[Some.Path.Folder + "00000000000000000100.txnindex"] = [1];

        await Runs.WriteAsync(store, Policy, [batches[..1]], [], resume: true);

        Assert.Equal([".index", ".log", ".timeindex"], store.Objects.Keys.Select(Path.GetExtension).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_missing_or_wrong_index_is_made_again()
    {
        var expected = await Runs.WriteAsync(store, Policy, [batches], []);
        var objects = store.Objects.ToDictionary(o => o.Key, o => o.Value);
        store.Objects.Remove(Some.Path.Folder + "00000000000000000100.index");
        store.Objects[Some.Path.Folder + "00000000000000000120.timeindex"] = new byte[12];

        await Runs.WriteAsync(store, Policy, [batches], [], resume: true);

        Assert.Equal(objects, store.Objects);
    }

    [Fact]
    public async Task A_segment_that_does_not_fit_is_named()
    {
        await InterruptAsync(after: 7);
        var (first, second) = (Some.Path.Segment(100), Some.Path.Segment(120));
        var objects = store.Objects.ToDictionary(o => o.Key, o => o.Value);

        // A byte is changed.
        store.Objects[second] = [.. objects[second][..^1], (byte)(objects[second][^1] ^ 1)];
        Assert.Contains("CRC", (await MisfitAsync(second)).Problem);
        // It ends early, within a batch and between two.
        store.Objects[second] = objects[second][..^1];
        Assert.Contains("claims", (await MisfitAsync(second)).Problem);
        store.Objects[second] = objects[second][..90];
        Assert.Contains("would have gone on", (await MisfitAsync(Some.Path.Segment(140))).Problem);
        // It is empty.
        store.Objects[second] = [];
        Assert.Contains("empty", (await MisfitAsync(second)).Problem);
        // It is named after another offset.
        store.Objects.Remove(second);
        store.Objects[Some.Path.Segment(119)] = objects[second];
        Assert.Contains("first batch is at 120", (await MisfitAsync(Some.Path.Segment(119))).Problem);
        // It holds more than it could.
        store.Objects.Remove(Some.Path.Segment(119));
        store.Objects[first] = [.. objects[first], .. objects[second]];
        Assert.Contains("where it would have ended", (await MisfitAsync(first)).Problem);
        // It repeats what was there.
        store.Objects[first] = objects[first];
        store.Objects[second] = [.. objects[first]];
        Assert.Contains("next offset to be stored is 120", (await MisfitAsync(second)).Problem);
        // Its transaction index is of something else.
        store.Objects[second] = objects[second];
        store.Objects[Path.ChangeExtension(second, ".txnindex")] = new byte[33];
        Assert.Contains("multiple", (await MisfitAsync(Path.ChangeExtension(second, ".txnindex"))).Problem);
        store.Objects[Path.ChangeExtension(second, ".txnindex")] = new byte[34];
        Assert.Contains("aborted ranges", (await MisfitAsync(second)).Problem);
    }

    [Fact]
    public async Task Another_segment_size_is_named()
    {
        await InterruptAsync(after: 7);

        await using var writer = new PartitionWriter(store, Some.Path, 100, new SegmentPolicy(1000, 100));

        Assert.Contains("segment size", (await Assert.ThrowsAsync<DamagedSegmentException>(() => writer.ResumeAsync())).Message);
    }

    [Fact]
    public async Task Resuming_comes_first()
    {
        await using var writer = new PartitionWriter(store, Some.Path, 100, Policy);
        await writer.AppendAsync(batches[0], []);

        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.ResumeAsync());
    }

    private async Task InterruptAsync(int after)
    {
        await using var writer = new PartitionWriter(store, Some.Path, 100, Policy);
        foreach (var batch in batches[..after])
            await writer.AppendAsync(batch, []);
    }

    private async Task<DamagedSegmentException> MisfitAsync(string name)
    {
        await using var writer = new PartitionWriter(store, Some.Path, 100, Policy);
        var error = await Assert.ThrowsAsync<DamagedSegmentException>(() => writer.ResumeAsync());
        Assert.Equal(name, error.Name);
        return error;
    }
}
