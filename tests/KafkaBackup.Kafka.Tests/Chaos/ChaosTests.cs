using KafkaBackup.Broker.Faults;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Kafka.Tests.Lanes;
using KafkaBackup.Kafka.Tests.Producing;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Chaos;

/// <summary>The lanes against three brokers while everything goes wrong that passes: what is fetched is the log, what is written is the source.</summary>
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const int Sample = 50;
    private const int RunsOnOneCluster = 25;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);
    private static readonly TransformPolicy Policy = new(1 << 20, CoalesceBelow: 4_000, CoalesceTo: 6_000);

    private readonly SortedDictionary<string, int> _events = new(StringComparer.Ordinal);
    private readonly Dictionary<(ApiKey Api, FaultKind Kind), int> _injected = [];

    [Theory]
    [InlineData(1)]
    [InlineData(77)]
    public void As_many_runs_as_a_sample_has_are_dealt_every_fault_at_every_API(int seed)
    {
        Assert.InRange(FaultSchedule.RunsForAll, 1, Sample);
        foreach (var first in (int[])[0, 13, 50])
            Assert.Equal(FaultSchedule.All.Order(), Enumerable.Range(first, FaultSchedule.RunsForAll).SelectMany(n => FaultSchedule.DealtTo(seed, n)).Distinct().Order());
        Assert.NotEqual(FaultSchedule.All, Enumerable.Range(0, FaultSchedule.RunsForAll).SelectMany(n => FaultSchedule.DealtTo(seed, n)).Distinct());
    }

    [Fact]
    public async Task Fetched_bytes_are_the_log_and_restored_records_are_the_source_under_any_schedule_of_faults()
    {
        var runs = TestSize.Of(Sample, 1_000);
        var memory = new List<long>();
        for (var first = 0; first < runs; first += RunsOnOneCluster)
        {
            var numbers = Enumerable.Range(first, Math.Min(RunsOnOneCluster, runs - first)).ToList();
            await using var brokers = ThreeBrokers.With([.. numbers.Select(n => $"target{n}")]);
            foreach (var number in numbers)
            {
                try
                {
                    await RunAsync(brokers, number).WaitAsync(Bound);
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"run {number} of seed {TestSize.Seed} failed", e);
                }
            }

            foreach (var (fault, count) in brokers.Faults.Injected)
                _injected[fault] = _injected.GetValueOrDefault(fault) + count;
            memory.Add(GC.GetTotalMemory(forceFullCollection: true) >> 20);
        }

        output.WriteLine($"seed {TestSize.Seed}: {runs} schedules run, failures 0; MiB held after each {RunsOnOneCluster}: {string.Join(", ", memory)}");
        foreach (var row in Table())
            output.WriteLine(row);
        output.WriteLine($"beside them: {string.Join(", ", _events.Select(e => $"{e.Key} {e.Value}"))}");
        Assert.Equal([], FaultSchedule.All.Where(f => _injected.GetValueOrDefault(f) == 0));
        Assert.InRange(memory[^1] - memory[0], long.MinValue, 64);
    }

    private async Task RunAsync(ThreeBrokers brokers, int number)
    {
        var schedule = new FaultSchedule(TestSize.Seed, number);
        var target = $"target{number}";
        schedule.Begin(brokers);
        using var over = new CancellationTokenSource();
        var trouble = schedule.GoOnAsync(brokers, [ThreeBrokers.Source, target], Note, over.Token);
        try
        {
            await using var cluster = brokers.Cluster();
            var sinks = await FetchAsync(cluster);
            await EpochsAsync(cluster);
            await ClusterAsync(cluster, target);
            var starts = await RestoreAsync(cluster, target, sinks);
            await GroupAsync(cluster, $"group{number}");
            await over.CancelAsync();
            await trouble;
            await CompareAsync(cluster, target, starts);
        }
        finally
        {
            await over.CancelAsync();
            await trouble;
        }
    }

    private static async Task<List<MemorySink>> FetchAsync(ClusterClient cluster)
    {
        List<TopicPartition> partitions = [.. Enumerable.Range(0, ThreeBrokers.Logs.Length).Select(p => new TopicPartition(ThreeBrokers.Source, p))];
        var bounds = await new LogOffsets(cluster).ReadAsync(partitions, IsolationLevel.ReadCommitted, default);
        var sinks = partitions.Select(_ => new MemorySink()).ToList();
        var ranges = await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance)
            .RunAsync([.. partitions.Select((p, i) => sinks[i].Assign(p, bounds[p].LogStart, bounds[p].End))], default);
        for (var p = 0; p < sinks.Count; p++)
        {
            Assert.Equal((ThreeBrokers.Start(p), ThreeBrokers.Stable(p)), (bounds[partitions[p]].LogStart, bounds[partitions[p]].End));
            Assert.Equal((ThreeBrokers.Stable(p), 0), (ranges[p].To, ranges[p].Gaps.Count));
            Assert.True(ThreeBrokers.Bytes(p).AsSpan().SequenceEqual(sinks[p].Bytes), $"partition {p} ({ThreeBrokers.Logs[p]}): the bytes are not those of the log");
        }

        return sinks;
    }

    private static async Task EpochsAsync(ClusterClient cluster)
    {
        var ends = await new LeaderEpochs(cluster).ReadAsync(Enumerable.Range(0, ThreeBrokers.Logs.Length).ToDictionary(p => new TopicPartition(ThreeBrokers.Source, p), _ => 0), default);
        Assert.All(ends, e => Assert.True(e.Value.EndOffset >= -1));
        Assert.Equal(ThreeBrokers.Logs.Length, ends.Count);
    }

    private static async Task ClusterAsync(ClusterClient cluster, string topic)
    {
        var quotas = await new ClientQuotas(cluster).ReadAsync(["producer_byte_rate"], default);
        Assert.Empty(quotas.Quotas);
        Assert.Null(quotas.Unknown);
        var control = new AccessControl(cluster);
        var entry = new AccessEntry("TOPIC", topic, "LITERAL", "User:alice", "*", "READ", "ALLOW");
        await control.CreateAsync([entry], default);
        Assert.Contains(entry, (await control.ReadAsync(default))!);
    }

    private static async Task<List<long>> RestoreAsync(ClusterClient cluster, string topic, List<MemorySink> sources)
    {
        var starts = new List<long>();
        for (var p = 0; p < sources.Count; p++)
        {
            var target = new TopicPartition(topic, p);
            var (from, to, source) = (ThreeBrokers.Start(p), ThreeBrokers.Stable(p), sources[p]);
            starts.Add((await new LogOffsets(cluster).ReadAsync([target], IsolationLevel.ReadUncommitted, default))[target].End);
            var (id, epoch) = await ProducerIds.NewAsync(cluster, default);
            var range = await new PartitionProducer(cluster, null, NullLogger<PartitionProducer>.Instance)
                .RunAsync(target, new ProducerIdentity(id, epoch, starts[p]), Policy, () => source.AsSource(from, to), _ => { }, default);
            Assert.Equal(source.Records(from, to).Count, range.Map.TargetEnd - starts[p]);
        }

        return starts;
    }

    private static async Task GroupAsync(ClusterClient cluster, string group)
    {
        List<CommittedOffset> offsets = [.. Enumerable.Range(0, ThreeBrokers.Logs.Length).Select(p => new CommittedOffset(new TopicPartition(ThreeBrokers.Source, p), 10 + p, -1, $"note {p}"))];
        var groups = new GroupOffsets(cluster);
        await groups.CommitAsync(group, offsets, default);
        Assert.Equal(offsets, await groups.ReadAsync(group, default));
    }

    private static async Task CompareAsync(ClusterClient cluster, string topic, List<long> starts)
    {
        for (var p = 0; p < starts.Count; p++)
        {
            var target = new TopicPartition(topic, p);
            var end = (await new LogOffsets(cluster).ReadAsync([target], IsolationLevel.ReadUncommitted, default))[target].End;
            var written = new MemorySink();
            await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance).RunAsync([written.Assign(target, starts[p], end)], default);
            var log = ThreeBrokers.Logs[p];
            var listed = Fixtures.HasCommitted(log.Name) ? log.Listing("committed") : log.Listing("records");
            Assert.Equal(listed.Select(FixtureSource.Describe), written.Records(starts[p], end).Select(Some.Describe));
            Assert.Equal(listed.Count, end - starts[p]);
        }
    }

    /// <summary>The faults that were met: a row for each API, a column for each kind.</summary>
    private IEnumerable<string> Table()
    {
        var kinds = FaultSchedule.All.Select(f => f.Kind).Distinct().Order().ToList();
        yield return $"{"faults met",-22}{string.Concat(kinds.Select(kind => $"{kind,12}"))}";
        foreach (var api in FaultSchedule.All.Select(f => f.Api).Distinct().Order())
            yield return $"{api,-22}{string.Concat(kinds.Select(kind => $"{(FaultSchedule.All.Contains((api, kind)) ? _injected.GetValueOrDefault((api, kind)).ToString() : "-"),12}"))}";
    }

    private void Note(string what) => _events[what] = _events.GetValueOrDefault(what) + 1;
}
