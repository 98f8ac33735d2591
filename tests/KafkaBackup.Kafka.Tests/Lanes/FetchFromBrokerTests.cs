using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Tests.Producing;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>The fetch lane against a broker that serves logs which a real broker wrote.</summary>
public sealed class FetchFromBrokerTests
{
    private static readonly TimeSpan Soon = DevelopmentBroker.Soon;

    [Theory]
    [InlineData("8388608", "16777216")]
    [InlineData("1", "1")] // a batch at a time
    [InlineData("700", "5000")]
    [InlineData("30000", "60000")]
    public async Task All_partitions_are_read_together_as_they_lie_in_the_log(string partitionBytes, string bytes)
    {
        await using var broker = DevelopmentBroker.With([.. FixtureLog.MagicTwo.Select(log => log.Name)]);
        await using var cluster = broker.Cluster(("max.partition.fetch.bytes", partitionBytes), ("fetch.max.bytes", bytes), ("fetch.wait.max.ms", "5"));
        var partitions = FixtureLog.MagicTwo.Select(log => (Log: log, Partition: new TopicPartition(log.Topic, log.Partition), Sink: new MemorySink())).ToList();
        var bounds = await new LogOffsets(cluster).ReadAsync([.. partitions.Select(p => p.Partition)], IsolationLevel.ReadCommitted, default).WaitAsync(Soon);
        var ranges = await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance)
            .RunAsync([.. partitions.Select(p => p.Sink.Assign(p.Partition, bounds[p.Partition].LogStart, bounds[p.Partition].End))], default).WaitAsync(Soon);

        foreach (var ((log, partition, sink), range) in partitions.Zip(ranges))
        {
            var (start, stable) = (log.Offsets.GetProperty("logStartOffset").GetInt64(), log.Offsets.GetProperty("lastStableOffset").GetInt64());
            Assert.Equal((start, stable), (bounds[partition].LogStart, bounds[partition].End));
            Assert.Equal((partition, stable), (range.Partition, range.To));
            Assert.Empty(range.Gaps);
            var stored = log.LogFiles.SelectMany(f => Some.Batches(File.ReadAllBytes(f))).Where(b => b.Header.NextOffset > start && b.Header.NextOffset <= stable);
            Assert.True(stored.SelectMany(b => b.Bytes.ToArray()).SequenceEqual(sink.Bytes), $"{log}: the bytes are not those of the log");
            var listed = Fixtures.HasCommitted(log.Name) ? log.Listing("committed") : log.Listing("records");
            Assert.Equal(
                listed.Select(l => $"{l.GetProperty("offset")} {FixtureSource.Describe(l)}"),
                sink.Records(start, stable).Select(r => $"{r.Offset} {Some.Describe(r)}"));
        }
    }

    [Theory]
    [InlineData("fx-txn-0")]
    [InlineData("fx-txn-open-0")]
    [InlineData("fx-compact-txn-0")]
    [InlineData("fx-trimmed-0")]
    [InlineData("fx-multi-0")]
    public async Task A_log_read_in_two_epochs_at_any_cut_misses_nothing_and_repeats_nothing(string name)
    {
        await using var broker = DevelopmentBroker.With(name);
        await using var cluster = broker.Cluster(("max.partition.fetch.bytes", "2000"), ("fetch.wait.max.ms", "5"));
        var log = FixtureLog.Of(name);
        var partition = new TopicPartition(log.Topic, log.Partition);
        var (start, stable) = (log.Offsets.GetProperty("logStartOffset").GetInt64(), log.Offsets.GetProperty("lastStableOffset").GetInt64());
        var listed = Fixtures.HasCommitted(log.Name) ? log.Listing("committed") : log.Listing("records");
        for (var cut = start; cut <= stable; cut += Math.Max(1, (stable - start) / 23))
        {
            var (first, second) = (new MemorySink(), new MemorySink());
            var to = await DevelopmentBroker.FetchAsync(cluster, first.Assign(partition, start, cut));
            Assert.InRange(to, start, cut);
            Assert.Equal(stable, await DevelopmentBroker.FetchAsync(cluster, second.Assign(partition, to, stable)));
            Assert.Equal(
                listed.Select(l => l.GetProperty("offset").GetInt64()),
                first.Records(start, to).Concat(second.Records(to, stable)).Select(r => r.Offset));
        }
    }

    [Theory]
    [InlineData("cut:Fetch*3")]
    [InlineData("cut-after:Fetch*3")]
    [InlineData("error:Fetch=NotLeaderOrFollower*3")]
    [InlineData("error:Fetch=UnknownTopicOrPartition*1")]
    [InlineData("error:Fetch=OffsetOutOfRange*2")]
    [InlineData("error:Metadata=LeaderNotAvailable*2")]
    public async Task What_passes_is_ridden_out_and_every_batch_is_read_once(string fault)
    {
        await using var broker = DevelopmentBroker.With("fx-multi-0");
        await using var cluster = broker.Cluster(("max.partition.fetch.bytes", "3000"));
        var log = FixtureLog.Of("fx-multi-0");
        var sink = new MemorySink();
        broker.Faults.Apply(fault);
        Assert.Equal(1_734, await DevelopmentBroker.FetchAsync(cluster, sink.Assign(new TopicPartition(log.Topic, 0), 0, 1_734)));
        Assert.True(log.LogFiles.SelectMany(File.ReadAllBytes).SequenceEqual(sink.Bytes));
    }
}
