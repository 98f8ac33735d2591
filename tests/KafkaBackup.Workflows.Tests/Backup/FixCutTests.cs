using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Workflows.Backup;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Backup;

public sealed class FixCutTests
{
    [Theory]
    [InlineData(null, 5, 30, 5, 30)] // a partition that begins: from the log's start
    [InlineData(20L, 5, 30, 20, 30)]
    [InlineData(20L, 25, 30, 20, 30)] // retention has passed the last cut: the gap is noted where it is read
    [InlineData(20L, 5, 20, 20, 20)]
    [InlineData(20L, 5, 12, 20, 20)] // a new leader that does not know yet how far the log is stable
    public void An_epoch_goes_on_where_the_last_one_ended_and_never_ends_before_it(long? held, long logStart, long stable, long from, long to)
    {
        var life = new TopicLife("life-1", held is { } position ? new Dictionary<int, long> { [3] = position } : []);
        var cut = FixCut.Cut(new PartitionSnapshot(3, 0, 0, 1), new LogBounds(logStart, stable, 7), life);
        Assert.Equal(new PartitionCut(3, logStart, from, to, 7), cut);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(4, 10)] // a new leader that has yet to delete what the last one had
    [InlineData(15, 15)]
    public void A_log_never_begins_earlier_than_it_did_in_the_last_epoch(long logStart, long expected)
    {
        var life = new TopicLife("life-1", new Dictionary<int, long> { [3] = 20, [4] = 20 }) { LogStarts = new Dictionary<int, long> { [3] = 10, [4] = 12 } };
        Assert.Equal(new PartitionCut(3, expected, 20, 30, 7), FixCut.Cut(new PartitionSnapshot(3, 0, 0, 1), new LogBounds(logStart, 30, 7), life));
    }
}
