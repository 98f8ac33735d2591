using CsCheck;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Progress;
using KafkaBackup.Workflows.Restore;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Backup;

public sealed class SlicingTests
{
    private static readonly Gen<PartitionCut> Partition =
        from start in Gen.Long[0, 50]
        from ahead in Gen.Long[-20, 20]
        from length in Gen.OneOf(Gen.Const(0L), Gen.Long[1, 1000])
        let end = Math.Max(0, start + ahead)
        select new PartitionCut(0, start, end, end + length, 0);

    private static readonly Gen<EpochCut> Cut = Partition.Array[0, 200].Array[0, 4].Select(topics => new EpochCut(DateTimeOffset.UnixEpoch, [.. topics.Select((partitions, t) =>
        new TopicCut($"t{t}", "life-1", null, 1, new Dictionary<string, string?>(), [.. partitions.Select((p, i) => p with { Partition = i })]))]));

    [Fact]
    public void Every_partition_with_news_is_in_one_slice_and_no_other_partition_in_any() => Cut.Sample(cut =>
    {
        var slices = Slicing.Of(cut);
        Assert.Equal(
            cut.Topics.SelectMany(t => t.Partitions.Where(p => p.To > p.From).Select(p => new SlicePartition(t.Topic, t.Lineage, p.Partition, p.LogStart, p.From, p.To)))
                .OrderBy(p => (p.Topic, p.Partition)),
            slices.SelectMany(s => s).OrderBy(p => (p.Topic, p.Partition)));
        Assert.All(slices, slice => Assert.InRange(slice.Count, 1, int.MaxValue));
    });

    [Fact]
    public void The_same_cut_is_divided_alike_in_whatever_order_its_topics_come() => Cut.Sample(cut =>
    {
        var again = Slicing.Of(cut with { Topics = [.. cut.Topics.Reverse().Select(t => t with { Partitions = [.. t.Partitions.Reverse()] })] });
        Assert.Equal(Slicing.Of(cut).SelectMany((s, i) => s.Select(p => (i, p))), again.SelectMany((s, i) => s.Select(p => (i, p))));
    });

    [Fact]
    public void Four_slices_share_the_work_and_there_are_more_for_very_many_partitions()
    {
        var slices = Slicing.Of(Of([100, 90, 80, 70, 10, 10, 10, 10]));
        Assert.Equal([100, 100, 90, 90], slices.Select(s => s.Sum(p => p.To - p.From)).OrderDescending().Select(n => n / 10 * 10));
        Assert.Equal(4, slices.Count);
        Assert.Equal(2, Slicing.Of(Of([1, 1])).Count);
        Assert.Empty(Slicing.Of(Of([])));
        Assert.Equal(8, Slicing.Of(Of([.. Enumerable.Repeat(1L, 1000)])).Count);
    }

    [Fact]
    public void A_run_s_limit_is_shared_among_its_slices()
    {
        Assert.Null(RateShare.Of(null, 4));
        Assert.Equal(25, RateShare.Of(100, 4));
        Assert.Equal(1, RateShare.Of(2, 4));
        Assert.Equal(100, RateShare.Of(100, 0));
    }

    [Fact]
    public void Every_partition_of_a_restore_is_in_one_slice_with_its_targets_limit() => Gen.Long[0, 100].Array[1, 30].Array[1, 4].Sample(topics =>
    {
        var plan = new RestorePlan("r", 1, [.. topics.Select((ends, t) => new TopicPlan(
            $"s{t}", "life-1", $"t{t}", false, 1, new Dictionary<string, string?>(), 1, [.. ends.Select((end, p) => new PartitionPlan(p, 0, end))]))], [], []);
        var slices = RestoreSlicing.Of(plan, new PreparedTopics([.. plan.Topics.Select((t, i) => new PreparedTopic(t.Target, 1000 + i, new Dictionary<string, string?>()))]));
        Assert.Equal(
            plan.Topics.SelectMany((t, i) => t.Partitions.Select(p => (t.Target, p.Partition, p.To, 1000 + i))).Order(),
            slices.SelectMany(s => s).Select(p => (p.Target, p.Partition, p.To, p.Policy.MaxBatchBytes)).Order());
        Assert.InRange(slices.Count, 1, 4);
    });

    private static EpochCut Of(long[] lengths) => new(DateTimeOffset.UnixEpoch, [new TopicCut(
        "t", "life-1", null, 1, new Dictionary<string, string?>(), [.. lengths.Select((length, i) => new PartitionCut(i, 0, 0, length, 0))])]);
}
