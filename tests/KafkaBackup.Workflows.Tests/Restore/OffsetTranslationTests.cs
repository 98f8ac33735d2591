using CsCheck;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Workflows.Restore;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Restore;

public sealed class OffsetTranslationTests
{
    /// <summary>Source offsets of restored records, where they begin at the target, how far the cut lies behind the last, and what was committed.</summary>
    private static readonly Gen<(long[] Sources, long Start, long Cut, long Committed)> Any =
        from gaps in Gen.Long[1, 3].Array[0, 12]
        from first in Gen.Long[0, 5]
        from start in Gen.Long[0, 100]
        from tail in Gen.Long[0, 3]
        from committed in Gen.Long[0, 45]
        let sources = gaps.Select((_, i) => first + gaps[..i].Sum()).ToArray()
        select (sources, start, (sources.Length == 0 ? first : sources[^1] + 1) + tail, committed);

    [Theory]
    [InlineData(12, 102, OffsetRule.Exact)]
    [InlineData(10, 100, OffsetRule.Exact)]
    [InlineData(3, 100, OffsetRule.BeforeStart)]
    [InlineData(13, 103, OffsetRule.Hole)]
    [InlineData(19, 103, OffsetRule.Hole)]
    [InlineData(21, 104, OffsetRule.Exact)]
    [InlineData(22, 105, OffsetRule.End)]
    [InlineData(25, 105, OffsetRule.End)]
    [InlineData(26, 105, OffsetRule.BeyondCut)]
    public void Each_place_of_a_committed_offset_has_its_rule(long committed, long target, OffsetRule rule) =>
        Assert.Equal((target, rule), OffsetTranslation.Translate([new OffsetRun(10, 100, 3), new OffsetRun(20, 103, 2)], 100, 105, 25, committed));

    [Theory]
    [InlineData(0, OffsetRule.Empty)]
    [InlineData(25, OffsetRule.Empty)]
    [InlineData(26, OffsetRule.BeyondCut)]
    public void Where_nothing_was_restored_a_group_stands_at_the_start(long committed, OffsetRule rule) =>
        Assert.Equal((100, rule), OffsetTranslation.Translate([], 100, 100, 25, committed));

    [Fact]
    public void A_group_reads_every_restored_record_that_it_had_not_read_and_none_that_it_had() => Any.Sample(x =>
    {
        var map = new OffsetMap(x.Start);
        foreach (var source in x.Sources)
            map.Add(source, 1);
        var (target, rule) = OffsetTranslation.Translate(map.Runs, x.Start, map.TargetEnd, x.Cut, x.Committed);

        // Record by record: the n-th restored record lies at start + n.
        var unread = Enumerable.Range(0, x.Sources.Length).Where(n => x.Sources[n] >= x.Committed).Select(n => x.Start + n);
        Assert.Equal(unread, Enumerable.Range(0, x.Sources.Length).Select(n => x.Start + n).Where(offset => offset >= target));
        Assert.InRange(target, x.Start, map.TargetEnd);
        Assert.Equal(x.Committed > x.Cut, rule == OffsetRule.BeyondCut);
        Assert.Equal(x.Committed <= x.Cut && x.Sources.Contains(x.Committed), rule == OffsetRule.Exact);
    }, iter: 20_000);

    [Fact]
    public void Translation_keeps_the_order_of_offsets() => Any.Sample(x =>
    {
        var map = new OffsetMap(x.Start);
        foreach (var source in x.Sources)
            map.Add(source, 1);
        long At(long committed) => OffsetTranslation.Translate(map.Runs, x.Start, map.TargetEnd, x.Cut, committed).Offset;
        Assert.True(At(x.Committed) <= At(x.Committed + 1));
    });
}
