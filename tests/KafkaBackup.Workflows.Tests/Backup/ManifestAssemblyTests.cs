using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Workflows.Backup;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Backup;

public sealed class ManifestAssemblyTests
{
    private static readonly ILookup<string, TopicNote> NoNotes = Array.Empty<TopicNote>().ToLookup(_ => "");

    [Fact]
    public void A_manifest_holds_every_partition_of_the_cut_with_what_was_written_of_it()
    {
        var manifest = ManifestAssembly.Of(Request(), NoNotes);

        Assert.Equal((4, 3), (manifest.Core.Sequence, manifest.Core.Parent!.Sequence));
        Assert.Equal("parent-hash", manifest.Core.Parent.Core);
        Assert.Equal(["a", "b"], manifest.Core.Topics.Select(t => t.Name));
        var topic = manifest.Core.Topics[0];
        Assert.Equal(("id-a", "id-a", 3, "compact"), (topic.Lineage, topic.TopicId, topic.ReplicationFactor, topic.Configuration["cleanup.policy"]));
        Assert.Equal(new PartitionEpoch(0, 2, 5, 9, 7, 1, 4, 100, 1234, "digest"), topic.Partitions[0]);
        Assert.Equal(new PartitionEpoch(1, 0, 6, 6, 7, 0, 0, 0, -1, null), topic.Partitions[1]);
        Assert.Equal(new PartitionGap(0, 5, 6, "retention"), Assert.Single(topic.Gaps));
        Assert.Equal("g", Assert.Single(manifest.Core.Groups).Group);
    }

    [Fact]
    public void Segments_are_listed_by_topic_in_order_of_their_partitions_whatever_slice_wrote_them()
    {
        var manifest = ManifestAssembly.Of(Request(), NoNotes);
        Assert.Equal(["a-0"], manifest.Segments["a"].Select(s => s.Object));
        Assert.Equal(["b-0", "b-1"], manifest.Segments["b"].Select(s => s.Object));
    }

    [Fact]
    public void The_same_findings_make_the_same_core()
    {
        var request = Request();
        var other = request with { Slices = [.. request.Slices.Reverse()], Cut = request.Cut with { Topics = [.. request.Cut.Topics.Reverse()] } };
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(ManifestAssembly.Of(request, NoNotes).Core), System.Text.Json.JsonSerializer.Serialize(ManifestAssembly.Of(other, NoNotes).Core));
    }

    [Fact]
    public void Notes_stand_with_their_topic()
    {
        var note = new TopicNote("compacted-while-read", 0, 5, 9, "text");
        var topics = ManifestAssembly.Of(Request(), new[] { note }.ToLookup(_ => "b")).Core.Topics;
        Assert.Equal((0, note), (topics[0].Notes.Count, Assert.Single(topics[1].Notes)));
    }

    [Fact]
    public void What_a_log_lost_is_noted_before_anything_else()
    {
        var request = Request();
        var lost = request with { Cut = request.Cut with { Topics = [request.Cut.Topics[0], request.Cut.Topics[1] with { Lost = [new LostRange(1, 40, 60)] }] } };
        var note = Assert.Single(ManifestAssembly.Of(lost, NoNotes).Core.Topics[0].Notes);
        Assert.Equal(("log-truncated", 1, 40, 60), (note.Code, note.Partition, note.From, note.To));
    }

    [Fact]
    public void The_first_epoch_has_no_parent()
    {
        var request = Request();
        Assert.Null(ManifestAssembly.Of(request with { Plan = request.Plan with { Sequence = 1, ParentCore = null } }, NoNotes).Core.Parent);
    }

    private static SealRequest Request()
    {
        var settings = new Dictionary<string, string?> { ["cleanup.policy"] = "compact" };
        var cut = new EpochCut(DateTimeOffset.UnixEpoch,
        [
            new TopicCut("b", "life-1", null, 1, settings, [new PartitionCut(0, 0, 0, 1, 7), new PartitionCut(1, 0, 0, 1, 7)]),
            new TopicCut("a", "id-a", "id-a", 3, settings, [new PartitionCut(0, 2, 5, 9, 7), new PartitionCut(1, 0, 6, 6, 7)]),
        ]);
        var groups = new GroupCapture([new CapturedGroup("g", [new CapturedOffset("a", 0, 5, -1, "")])]);
        return new SealRequest(
            new BackupRequest { Cluster = "c", Repository = "r" }, new EpochPlan("gen", 4, "parent-hash", "cluster", ["a", "b"]), cut, groups, groups,
            [new BackedUpSlice([Written("b", 1, 0, 1), Written("a", 0, 5, 9, new CapturedGap(5, 6))]), new BackedUpSlice([Written("b", 0, 0, 1)])],
            "instance", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
    }

    private static BackedUpPartition Written(string topic, int partition, long from, long to, params CapturedGap[] gaps) => new(
        topic,
        new PartitionBackup(
            partition, from, to, [new SegmentReference(partition, $"{topic}-{partition}", 0, 100, "sha", from, from, to, 1, 60, to - from, 1234, 4096, [])],
            1, to - from, 100, 1234, "digest"),
        gaps);
}
