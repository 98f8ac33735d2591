using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Kafka.Tests.Lanes;
using KafkaBackup.Protocol.Messages;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Administration;

/// <summary>Logs that end before offsets which they had, and those that only seem to.</summary>
public sealed class LogReachTests
{
    private static readonly TopicPartition Missing = new("target", 7);
    private static readonly TopicPartition Unknown = new("nowhere", 0);

    [Fact]
    public async Task Logs_that_are_shorter_than_they_were_are_told_with_their_ends_and_those_that_are_gone_as_gone()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = Cluster(broker, giveUpAfter: 100);
        await WriteAsync(cluster, 5);
        var had = new Dictionary<TopicPartition, long> { [DevelopmentBroker.Target] = 6, [new("target", 1)] = 0, [Missing] = 1, [Unknown] = 3 };
        var shorter = await new LogReach(cluster, new LogOffsets(cluster)).FindShorterAsync(had, default).WaitAsync(DevelopmentBroker.Soon);
        Assert.Equal(
            [(Unknown, LogReach.Gone), (DevelopmentBroker.Target, 5), (Missing, LogReach.Gone)],
            shorter.Select(s => (s.Key, s.Value)).OrderBy(s => s.Key.Topic, StringComparer.Ordinal).ThenBy(s => s.Key.Partition));
    }

    [Fact]
    public async Task A_log_that_reaches_its_end_after_a_while_is_not_shorter()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = Cluster(broker, giveUpAfter: 20_000);
        await WriteAsync(cluster, 5);
        var looking = new LogReach(cluster, new LogOffsets(cluster)).FindShorterAsync(new Dictionary<TopicPartition, long> { [DevelopmentBroker.Target] = 6 }, default);
        Assert.NotSame(looking, await Task.WhenAny(looking, Task.Delay(200)));
        await WriteAsync(cluster, 1);
        Assert.Empty(await looking.WaitAsync(DevelopmentBroker.Soon));
    }

    [Fact]
    public async Task Nothing_to_look_for_is_found_at_once()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = Cluster(broker, giveUpAfter: 20_000);
        Assert.Empty(await new LogReach(cluster, new LogOffsets(cluster)).FindShorterAsync(new Dictionary<TopicPartition, long>(), default).WaitAsync(DevelopmentBroker.Soon));
    }

    private static ClusterClient Cluster(DevelopmentBroker broker, int giveUpAfter) => new(
        new ClusterOptions(new Dictionary<string, string> { ["bootstrap.servers"] = broker.BootstrapServers, ["retry.backoff.ms"] = "5", ["give.up.after.ms"] = $"{giveUpAfter}" }),
        TimeProvider.System, NullLogger<ClusterClient>.Instance);

    private static async Task WriteAsync(ClusterClient cluster, int records)
    {
        var target = DevelopmentBroker.Target;
        var start = (await new LogOffsets(cluster).ReadAsync([target], IsolationLevel.ReadUncommitted, default))[target].End;
        var (id, epoch) = await ProducerIds.NewAsync(cluster, default);
        await new PartitionProducer(cluster, null, NullLogger<PartitionProducer>.Instance)
            .RunAsync(target, new ProducerIdentity(id, epoch, start), new TransformPolicy(1 << 20), () => Source(records), _ => { }, default).WaitAsync(DevelopmentBroker.Soon);
    }

    private static async IAsyncEnumerable<SourceBatch> Source(int records)
    {
        await Task.CompletedTask;
        yield return new SourceBatch(Some.Take(Some.Batch(0, records)), 0, long.MaxValue, []);
    }
}
