using KafkaBackup.Repository.Epochs;
using KafkaBackup.Testing.Storage;
using KafkaBackup.Workflows.Backup;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Backup;

public sealed class LineagePositionsTests
{
    private static readonly Dictionary<int, long> Held = new() { [0] = 10, [1] = 20 };

    [Fact]
    public void Without_ids_a_log_that_has_grown_is_the_same_life()
    {
        var life = LineagePositions.Of("t", "life-1", Held).Continue("t", null, new Dictionary<int, long> { [0] = 10, [1] = 25, [2] = 3 });
        Assert.Equal("life-1", life.Lineage);
        Assert.Equal(Held, life.Positions);
    }

    [Theory]
    [InlineData(9, 20)]
    [InlineData(10, 19)]
    [InlineData(100, 0)]
    public void Without_ids_a_log_that_ends_before_what_is_backed_up_is_another_life(long end0, long end1)
    {
        var life = LineagePositions.Of("t", "life-1", Held).Continue("t", null, new Dictionary<int, long> { [0] = end0, [1] = end1 });
        Assert.Equal(("life-2", 0), (life.Lineage, life.Positions.Count));
    }

    [Fact]
    public void Without_ids_a_topic_with_fewer_partitions_is_another_life() =>
        Assert.Equal("life-2", LineagePositions.Of("t", "life-1", Held).Continue("t", null, new Dictionary<int, long> { [0] = 50 }).Lineage);

    [Fact]
    public void A_new_topic_begins_its_first_life() =>
        Assert.Equal("life-1", LineagePositions.Of("t", "life-7", Held).Continue("other", null, new Dictionary<int, long>()).Lineage);

    [Fact]
    public void A_topic_id_tells_one_life_from_another_whatever_the_log_s_length()
    {
        var positions = LineagePositions.Of("t", "id-a", Held);
        Assert.Equal(Held, positions.Continue("t", "id-a", new Dictionary<int, long> { [0] = 1, [1] = 1 }).Positions);
        var other = positions.Continue("t", "id-b", new Dictionary<int, long> { [0] = 99, [1] = 99 });
        Assert.Equal(("id-b", 0), (other.Lineage, other.Positions.Count));
    }

    [Theory]
    [InlineData("id-a", "id-a", "id-a-2")]
    [InlineData("id-a-2", "id-a", "id-a-3")]
    [InlineData("id-a-10", "id-a", "id-a-11")]
    [InlineData("life-1", null, "life-2")]
    public void A_log_that_lost_what_is_backed_up_begins_the_next_life_which_is_then_gone_on_with(string lineage, string? id, string next)
    {
        var grown = new Dictionary<int, long> { [0] = 99, [1] = 99 };
        var life = LineagePositions.Of("t", lineage, Held).Continue("t", id, grown);
        Assert.Equal((lineage, 2), (life.Lineage, life.Positions.Count));
        Assert.Equal((next, 0), (life.Next().Lineage, life.Next().Positions.Count));
        Assert.Equal(next, LineagePositions.Of("t", next, Held).Continue("t", id, grown).Lineage);
    }

    [Theory]
    [InlineData(3, 100, false)] // the epoch goes on, or ended just there
    [InlineData(2, 100, false)] // nothing was written in it: a later leader does not know it
    [InlineData(3, 99, true)]
    [InlineData(2, 40, true)]
    [InlineData(-1, -1, false)] // the broker can't tell
    public void A_log_has_lost_records_if_the_epoch_of_the_cut_ends_before_it(int epoch, long end, bool isLost) =>
        Assert.Equal(isLost, LostLogs.IsLost(new KafkaBackup.Kafka.Administration.EpochEnd(epoch, end), 100));

    [Fact]
    public async Task A_repository_leads_to_the_positions_of_each_topic_s_last_epoch()
    {
        var store = new MemoryObjectStore();
        var repository = await BackupRepository.OpenOrCreateAsync(store, TimeProvider.System, Guid.Parse("00000000-0000-0000-0000-000000000001"));
        Assert.Empty((await LineagePositions.ReadAsync(repository, default)).Continue("a", "id-a", Held).Positions);
        var first = await CommitAsync(repository, 1, null, [Topic("a", "id-a", 0, 0), Topic("b", "life-1", 0, 0), Topic("b2", "life-1", 0, 0)]);
        await CommitAsync(repository, 2, first, [Topic("a", "id-a", 0, 0)]);

        var positions = await LineagePositions.ReadAsync(repository, default);
        Assert.Equal(new Dictionary<int, long> { [0] = 0 }, positions.Continue("a", "id-a", new Dictionary<int, long>()).Positions);
        Assert.Equal("life-1", positions.Continue("b", null, new Dictionary<int, long> { [0] = 0 }).Lineage);
        Assert.Equal("life-2", positions.Continue("b2", null, new Dictionary<int, long>()).Lineage);
    }

    [Fact]
    public async Task The_leader_epoch_of_the_cut_counts_from_0_on_where_it_is_known_and_something_is_backed_up()
    {
        var repository = await BackupRepository.OpenOrCreateAsync(new MemoryObjectStore(), TimeProvider.System, Guid.Parse("00000000-0000-0000-0000-000000000001"));
        var topic = Topic("a", "id-a", 5, 5);
        PartitionEpoch Held(int partition, long to, int leaderEpoch) => topic.Partitions[0] with { Partition = partition, LogStart = to, From = to, To = to, LeaderEpoch = leaderEpoch };
        await CommitAsync(repository, 1, null, [topic with { Partitions = [Held(0, 5, 0), Held(1, 5, 3), Held(2, 5, -1), Held(3, 0, 3)] }]);
        var life = (await LineagePositions.ReadAsync(repository, default)).Continue("a", "id-a", new Dictionary<int, long>());
        Assert.Equal(new Dictionary<int, int> { [0] = 0, [1] = 3 }, life.LeaderEpochs);
        Assert.Equal(new Dictionary<int, long> { [0] = 5, [1] = 5, [2] = 5, [3] = 0 }, life.LogStarts);
    }

    private static async Task<Epoch> CommitAsync(BackupRepository repository, long sequence, Epoch? parent, IReadOnlyList<TopicEpoch> topics) => await repository.CommitAsync(
        new EpochCore(sequence, parent is null ? null : new EpochParent(parent.Sequence, parent.CoreHash), new ClusterIdentity("c"), topics, []),
        new Dictionary<string, IReadOnlyList<KafkaBackup.Repository.Segments.SegmentReference>>(),
        new RunInfo("i", $"g{sequence}", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "h", "p"));

    private static TopicEpoch Topic(string name, string lineage, long from, long to) => new(
        name, lineage, null, new Dictionary<string, string?>(), 1, [new PartitionEpoch(0, 0, from, to, 0, 0, 0, 0, -1, null)], [], []);
}
