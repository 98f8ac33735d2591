using System.Text.Json;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Merging;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Backup;

/// <summary>What is too large for a history goes through the repository, and comes out as it went in.</summary>
public sealed class HandoverTests
{
    private const int Many = 5000;
    private readonly MemoryObjectStore _store = new();

    [Fact]
    public async Task What_is_small_stays_in_the_history()
    {
        var (cut, groups, slice) = (Cut(100), Groups(100), Slice(100));
        Assert.Same(cut, await Handover.KeepAsync(cut, default));
        Assert.Same(groups, await Handover.KeepAsync(groups, default));
        Assert.Same(slice, await Handover.KeepAsync(slice, default));
        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task What_is_large_is_an_object_and_all_that_a_manifest_is_made_of_comes_out_again()
    {
        var (cut, before, after, slice) = (Cut(Many), Groups(Many), Groups(Many + 1), Slice(Many));
        var request = new SealRequest(
            new BackupRequest { Cluster = "c", Repository = "r" }, new EpochPlan("gen", 1, null, "c", ["t"]), await Handover.KeepAsync(cut, default),
            await Handover.KeepAsync(before, default), await Handover.KeepAsync(after, default), [Slice(1), await Handover.KeepAsync(slice, default)], "i", default, default);

        Assert.InRange(JsonSerializer.SerializeToUtf8Bytes(request).Length, 1, 5000);
        Assert.Equal(4, (await NamesAsync()).Count);
        Assert.All(await NamesAsync(), name => Assert.StartsWith("runs/gen/", name, StringComparison.Ordinal));
        Assert.Equal(Slicing.Of(cut).Count, request.Cut.Slices);
        Assert.Equal(cut.FixedAt, request.Cut.FixedAt);

        var opened = await Handover.OpenAsync(request, default);
        Assert.Equal(Json(cut), Json(opened.Cut));
        Assert.Equal(Json(before), Json(opened.Before));
        Assert.Equal(Json(after), Json(opened.After));
        Assert.Equal(Json((BackedUpSlice[])[Slice(1), slice]), Json(opened.Slices));
        Assert.Equal(Json(Slicing.Of(cut)), Json(Slicing.Of(await Handover.OpenCutAsync(request.Cut.Stored!, default))));
    }

    [Fact]
    public async Task What_a_merge_hands_on_comes_out_again_in_its_order()
    {
        var (small, large) = (Merged(0, 2), Merged(2, Many));
        Assert.Same(small, await Handover.KeepAsync(small, default));
        var kept = await Handover.KeepAsync(large, default);
        Assert.Equal((0, true), (kept.Lineages.Count, kept.Stored is not null));
        Assert.Equal(Json(small.Lineages.Concat(large.Lineages)), Json(await Handover.OpenAsync([small, kept], default)));
    }

    [Fact]
    public async Task A_step_that_is_done_again_leaves_the_same_object_or_another_one()
    {
        var first = await Handover.KeepAsync(Cut(Many), default);
        Assert.Equal(first.Stored, (await Handover.KeepAsync(Cut(Many), default)).Stored);
        Assert.NotEqual(first.Stored, (await Handover.KeepAsync(Cut(Many + 1), default)).Stored);
        Assert.Equal(2, (await NamesAsync()).Count);
    }

    [Fact]
    public async Task What_is_not_what_was_left_is_damage_and_is_named()
    {
        var stored = (await Handover.KeepAsync(Cut(Many), default)).Stored!;
        var damaged = await Assert.ThrowsAsync<DamagedObjectException>(() => Handover.OpenCutAsync(stored with { Sha256 = new string('0', 64) }, default));
        Assert.Contains(stored.Object, damaged.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => Handover.OpenCutAsync(stored with { Object = "runs/gen/absent.json" }, default));
    }

    private Handover Handover => new(_store, "gen");

    private async Task<List<string>> NamesAsync()
    {
        var names = new List<string>();
        await foreach (var entry in _store.ListAsync(""))
            names.Add(entry.Name);
        return names;
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value);

    private static MergedSlice Merged(int first, int count) =>
        new([.. Enumerable.Range(first, count).Select(i => new MergedLineage($"t{i}", "life-1", [new MergedRun(0, i, i + 5, 4, [])], [new MergeDamage("o", $"t{i}", 1, 2, 3, "cut off")]))]);

    private static EpochCut Cut(int partitions) => new(
        DateTimeOffset.UnixEpoch.AddSeconds(5),
        [
            new TopicCut("a", "id", "id", 3, new Dictionary<string, string?> { ["retention.ms"] = "1" }, [.. Enumerable.Range(0, partitions).Select(p => new PartitionCut(p, 1, 2, p + 3, 4))])
            {
                Lost = [new LostRange(0, 1, 2)],
            },
        ]);

    private static GroupCapture Groups(int offsets) => new([new CapturedGroup("g", [.. Enumerable.Range(0, offsets).Select(p => new CapturedOffset("a", p, p, 1, "noted by Zoë"))])]);

    private static BackedUpSlice Slice(int partitions) => new([.. Enumerable.Range(0, partitions).Select(p => new BackedUpPartition(
        "a", new PartitionBackup(p, 2, p + 3, [], 1, 1, 70, 5, new string('a', 64)), [new CapturedGap(0, 1)]))]);
}
