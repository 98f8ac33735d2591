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
        var positions = held is { } position ? new Dictionary<int, long> { [3] = position } : [];
        var cut = FixCut.Cut(new PartitionSnapshot(3, 0, 0, 1), new LogBounds(logStart, stable, 7), positions);
        Assert.Equal(new PartitionCut(3, logStart, from, to, 7), cut);
    }
}
