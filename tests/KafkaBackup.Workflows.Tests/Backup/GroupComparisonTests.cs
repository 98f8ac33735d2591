using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Backup;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Backup;

public sealed class GroupComparisonTests
{
    [Theory]
    [InlineData(5L, 5L, 5, GroupOffsetState.Exact)]
    [InlineData(5L, 9L, 5, GroupOffsetState.Moving)]
    [InlineData(9L, 5L, 5, GroupOffsetState.Moving)]
    [InlineData(null, 7L, 7, GroupOffsetState.Moving)]
    [InlineData(7L, null, 7, GroupOffsetState.Moving)]
    public void An_offset_that_stood_still_is_exact_and_one_that_moved_is_kept_at_its_earlier_place(long? before, long? after, long kept, GroupOffsetState state)
    {
        var group = Assert.Single(GroupComparison.Compare(Capture("g", before), Capture("g", after), new HashSet<string> { "t" }));
        var offset = Assert.Single(group.Offsets);
        Assert.Equal(("g", "t", 0, kept, state), (group.Group, offset.Topic, offset.Partition, offset.Offset, offset.State));
    }

    [Fact]
    public void Metadata_and_leader_epoch_come_with_the_offset_that_is_kept()
    {
        var before = new GroupCapture([new CapturedGroup("g", [new CapturedOffset("t", 0, 5, 3, "early")])]);
        var after = new GroupCapture([new CapturedGroup("g", [new CapturedOffset("t", 0, 4, 2, "reset")])]);
        var kept = GroupComparison.Compare(before, after, new HashSet<string> { "t" })[0].Offsets[0];
        Assert.Equal((4, 2, "reset"), (kept.Offset, kept.LeaderEpoch, kept.Metadata));
    }

    [Fact]
    public void Groups_and_offsets_are_in_order_and_those_of_other_topics_are_left_out()
    {
        var capture = new GroupCapture(
        [
            new CapturedGroup("z", [new CapturedOffset("t", 10, 1, -1, ""), new CapturedOffset("t", 2, 1, -1, ""), new CapturedOffset("other", 0, 1, -1, "")]),
            new CapturedGroup("a", [new CapturedOffset("other", 0, 1, -1, "")]),
            new CapturedGroup("B", [new CapturedOffset("t", 0, 1, -1, "")]),
        ]);
        var groups = GroupComparison.Compare(capture, capture, new HashSet<string> { "t" });
        Assert.Equal(["B", "z"], groups.Select(g => g.Group));
        Assert.Equal([2, 10], groups[1].Offsets.Select(o => o.Partition));
    }

    private static GroupCapture Capture(string group, long? offset) => new(offset is { } o ? [new CapturedGroup(group, [new CapturedOffset("t", 0, o, -1, "")])] : []);
}
