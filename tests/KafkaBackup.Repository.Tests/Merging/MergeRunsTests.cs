using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using Xunit;

namespace KafkaBackup.Repository.Tests.Merging;

/// <summary>Which segments are merged.</summary>
public sealed class MergeRunsTests
{
    private static readonly MergePolicy Policy = new() { SegmentBytes = 100, LeastSegments = 2 };

    [Fact]
    public void Small_neighbours_are_merged_and_large_segments_are_left() =>
        Assert.Equal(["0: 0 10", "0: 30 40 50"], Runs(0, Of(0, 10, 10), Of(10, 20, 49), Of(20, 30, 50), Of(30, 40, 20), Of(40, 50, 10), Of(50, 60, 10)));

    [Fact]
    public void A_hole_another_partition_and_too_few_end_a_run() =>
        Assert.Equal(["0: 0 10"], Runs(0, Of(0, 10, 1), Of(10, 20, 1), Of(21, 30, 1), Of(0, 10, 1, 1), Of(11, 20, 1, 1)));

    [Fact]
    public void What_lies_below_the_log_start_or_in_no_partition_that_is_held_is_left() =>
        Assert.Equal(["0: 10 20"], Runs(15, Of(0, 10, 1), Of(10, 20, 1), Of(20, 30, 1), Of(0, 10, 1, 7), Of(10, 20, 1, 7)));

    [Fact]
    public void What_begins_inside_a_batch_is_left() =>
        Assert.Equal(["0: 20 30"], Runs(0, Of(0, 10, 1), Of(10, 20, 1) with { Base = 9 }, Of(20, 30, 1), Of(30, 40, 1)));

    [Fact]
    public void What_is_larger_than_all_that_follows_waits_until_they_have_become_as_much()
    {
        Assert.Equal(["0: 10 20"], Runs(0, Of(0, 10, 21), Of(10, 20, 10), Of(20, 30, 10)));
        Assert.Equal(["0: 0 10 20"], Runs(0, Of(0, 10, 20), Of(10, 20, 10), Of(20, 30, 10)));
        Assert.Empty(Runs(0, Of(0, 10, 21), Of(10, 20, 10)));
    }

    [Fact]
    public void So_few_are_not_worth_it()
    {
        var segments = Enumerable.Range(0, 4).Select(i => Of(i * 10, (i * 10) + 10, 1)).ToArray();
        Assert.Equal(4, new MergePolicy().LeastSegments);
        Assert.Equal(["0: 0 10 20 30"], Describe(MergeRuns.Of(segments, Held(0, 100), Policy with { LeastSegments = 4 })));
        Assert.Empty(MergeRuns.Of(segments, Held(0, 100), Policy with { LeastSegments = 5 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MergePolicy { LeastSegments = 1 });
    }

    private static SegmentReference Of(long from, long to, long length, int partition = 0) =>
        new(partition, $"topics/t/life-1/run-1/t-{partition}/{PartitionPath.FormatOffset(from)}.log", 0, length, "", from, from, to, 1, (int)length, 1, -1, 4096, []);

    private static Dictionary<int, HeldOffsets> Held(long logStart, long to) => new() { [0] = new(logStart, to), [1] = new(logStart, to) };

    private static IEnumerable<string> Runs(long logStart, params SegmentReference[] segments) => Describe(MergeRuns.Of(segments, Held(logStart, 100), Policy));

    private static IEnumerable<string> Describe(IEnumerable<IReadOnlyList<SegmentReference>> runs) => runs.Select(run => $"{run[0].Partition}: {string.Join(' ', run.Select(s => s.From))}");
}
