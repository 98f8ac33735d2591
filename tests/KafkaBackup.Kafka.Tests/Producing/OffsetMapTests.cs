using CsCheck;
using KafkaBackup.Kafka.Producing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Producing;

/// <summary>The map against a list with an entry for every record.</summary>
public sealed class OffsetMapTests
{
    private static readonly Gen<(long Skip, int Count)[]> AnyRuns = Gen.Select(Gen.Frequency((1, Gen.Const(0L)), (1, Gen.Long[1, 5])), Gen.Int[1, 6]).Array[0, 30];

    [Fact]
    public void Every_offset_is_translated_to_the_first_record_that_is_not_below_it() =>
        Gen.Select(AnyRuns, Gen.Long[0, 1_000], Gen.Long[0, 1_000]).Sample((runs, start, first) =>
        {
            var (map, list) = Build(runs, start, first);
            Assert.Equal((start, start + list.Count), (map.TargetStart, map.TargetEnd));
            for (var source = Math.Max(0, first - 3); source <= first + 400; source++)
            {
                var index = list.FindIndex(s => s >= source);
                var expected = start + (index < 0 ? list.Count : index);
                Assert.Equal(expected, map.Translate(source));
                Assert.Equal(expected, OffsetMap.Translate(map.Runs, map.TargetEnd, source));
            }
        }, iter: 500);

    [Fact]
    public void A_translation_never_passes_a_record_that_was_not_read() =>
        Gen.Select(AnyRuns, Gen.Long[0, 100], Gen.Long[0, 300]).Sample((runs, start, committed) =>
        {
            var (map, list) = Build(runs, start, 0);
            var target = map.Translate(committed);
            Assert.Equal(list.Count(s => s < committed), target - start);
        });

    [Fact]
    public void There_are_as_many_runs_as_holes() =>
        AnyRuns.Sample(runs =>
        {
            var (map, list) = Build(runs, 0, 0);
            var holes = list.Zip(list.Skip(1)).Count(pair => pair.Second != pair.First + 1);
            Assert.Equal(list.Count == 0 ? 0 : holes + 1, map.Runs.Count);
            Assert.Equal(list.Count, map.Runs.Sum(r => r.Count));
        });

    [Theory]
    [InlineData(0, 100)] // at or before the log's start: the first record
    [InlineData(10, 100)]
    [InlineData(12, 102)]
    [InlineData(13, 103)] // in a hole: the first record behind it
    [InlineData(19, 103)]
    [InlineData(20, 103)]
    [InlineData(24, 107)]
    [InlineData(25, 108)] // at the end, and past it: the end
    [InlineData(9_999, 108)]
    public void Offsets_at_the_start_in_a_hole_at_the_end_and_past_it_have_one_rule_each(long source, long target)
    {
        var map = new OffsetMap(100);
        map.Add(10, 3);
        map.Add(20, 5);
        Assert.Equal(target, map.Translate(source));
    }

    [Fact]
    public void Nothing_restored_maps_everything_to_where_the_target_begins()
    {
        var map = new OffsetMap(42);
        Assert.Equal(42, map.Translate(7));
        Assert.Empty(map.Runs);
    }

    [Fact]
    public void A_map_of_millions_of_records_without_holes_is_one_run()
    {
        var map = new OffsetMap(0);
        for (var i = 0; i < 1_000_000; i++)
            map.Add(i * 10L, 10);
        Assert.Equal([new OffsetRun(0, 0, 10_000_000)], map.Runs);
    }

    private static (OffsetMap Map, List<long> List) Build((long Skip, int Count)[] runs, long start, long source)
    {
        var (map, list) = (new OffsetMap(start), new List<long>());
        foreach (var (skip, count) in runs)
        {
            source += skip;
            map.Add(source, count);
            for (var i = 0; i < count; i++)
                list.Add(source++);
        }

        return (map, list);
    }
}
