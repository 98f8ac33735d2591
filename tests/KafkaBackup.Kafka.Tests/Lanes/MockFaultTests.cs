using System.Diagnostics;
using Confluent.Kafka;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using IsolationLevel = KafkaBackup.Protocol.Messages.IsolationLevel;
using TopicPartition = KafkaBackup.Kafka.Administration.TopicPartition;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>The lanes against librdkafka's mock cluster while it answers with errors, cuts connections, moves leaders, and takes brokers down and up.</summary>
public sealed class MockFaultTests(ITestOutputHelper output)
{
    private const int Partitions = 6;
    private const int PerPartition = 300;
    private const int Disconnect = -195;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static readonly (ApiKey Api, int[] Errors)[] FetchFaults =
    [
        (ApiKey.Fetch, [3, 6, 9, 13, 56, 78, Disconnect]),
        (ApiKey.ListOffsets, [3, 5, 6, 7, 56, Disconnect]),
        (ApiKey.Metadata, [Disconnect]),
        (ApiKey.ApiVersions, [Disconnect]),
    ];

    private static readonly (ApiKey Api, int[] Errors)[] ProduceFaults =
    [
        (ApiKey.Produce, [3, 5, 6, 7, 13, 19, 20, 56, Disconnect]),
        (ApiKey.ListOffsets, [6, 56, Disconnect]),
        (ApiKey.Fetch, [6, 56, Disconnect]),
        (ApiKey.InitProducerId, [14, 15, Disconnect]),
    ];

    [Fact]
    public async Task Everything_is_fetched_once_whatever_passes_meanwhile()
    {
        var expected = new Dictionary<int, List<string>>();
        using var mock = Filled(expected);
        var random = new Random(TestSize.Seed);
        var faults = new Dictionary<string, int>();
        for (var run = 0; run < TestSize.Of(4, 100); run++)
        {
            await using var cluster = Cluster(mock);
            await using var trouble = new Trouble(over => TroubleAsync(mock, random, FetchFaults, faults, over));
            var sinks = Enumerable.Range(0, Partitions).Select(p => (Partition: new TopicPartition("source", p), Sink: new MemorySink())).ToList();
            var bounds = await new LogOffsets(cluster).ReadAsync([.. sinks.Select(s => s.Partition)], IsolationLevel.ReadUncommitted, default).WaitAsync(Soon);
            var ranges = await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance)
                .RunAsync([.. sinks.Select(s => s.Sink.Assign(s.Partition, bounds[s.Partition].LogStart, bounds[s.Partition].End))], default).WaitAsync(Soon);
            await trouble.DisposeAsync();
            Assert.All(ranges, r => Assert.Equal((PerPartition, 0), (r.To, r.Gaps.Count)));
            Assert.All(sinks, s => Assert.Equal(expected[s.Partition.Partition], s.Sink.Records(0, PerPartition).Select(Some.Describe)));
        }

        output.WriteLine($"seed {TestSize.Seed}: fetched {TestSize.Of(4, 100)} times {Partitions} x {PerPartition} records; faults pushed: {string.Join(", ", faults.OrderBy(f => f.Key).Select(f => $"{f.Key} {f.Value}"))}");
        Assert.All(FetchFaults, f => Assert.Contains(faults.Keys, k => k.StartsWith(f.Api.ToString(), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Everything_is_written_once_and_in_order_whatever_passes_meanwhile()
    {
        var expected = new Dictionary<int, List<string>>();
        using var mock = Filled(expected);
        mock.CreateTopic("target", Partitions);
        var random = new Random(TestSize.Seed);
        var faults = new Dictionary<string, int>();
        await using var cluster = Cluster(mock);
        for (var p = 0; p < Partitions; p++)
        {
            var source = new MemorySink();
            await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance).RunAsync([source.Assign(new TopicPartition("source", p), 0, PerPartition)], default).WaitAsync(Soon);
            var target = new TopicPartition("target", p);
            for (var run = 0; run < TestSize.Of(1, 20); run++)
            {
                await using var trouble = new Trouble(over => TroubleAsync(mock, random, ProduceFaults, faults, over));
                var start = (await new LogOffsets(cluster).ReadAsync([target], IsolationLevel.ReadUncommitted, default).WaitAsync(Soon))[target].End;
                var (id, epoch) = await ProducerIds.NewAsync(cluster, default).WaitAsync(Soon);
                var range = await new PartitionProducer(cluster, null, NullLogger<PartitionProducer>.Instance).RunAsync(
                    target, new ProducerIdentity(id, epoch, start), new TransformPolicy(900_000, CoalesceBelow: 1 << 20, CoalesceTo: 2_000), () => source.AsSource(0, PerPartition), _ => { }, default).WaitAsync(Soon);
                await trouble.DisposeAsync();
                Assert.Equal(start + PerPartition, range.Map.TargetEnd);
                var written = new MemorySink();
                await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance).RunAsync([written.Assign(target, start, range.Map.TargetEnd)], default).WaitAsync(Soon);
                Assert.Equal(expected[p], written.Records(start, range.Map.TargetEnd).Select(Some.Describe));
                Assert.Equal(range.Map.TargetEnd, (await new LogOffsets(cluster).ReadAsync([target], IsolationLevel.ReadUncommitted, default).WaitAsync(Soon))[target].End);
            }
        }

        output.WriteLine($"seed {TestSize.Seed}: wrote {Partitions * TestSize.Of(1, 20)} times {PerPartition} records; faults pushed: {string.Join(", ", faults.OrderBy(f => f.Key).Select(f => $"{f.Key} {f.Value}"))}");
        Assert.True(faults.Where(f => f.Key.StartsWith("Produce", StringComparison.Ordinal)).Sum(f => f.Value) > 0);
    }

    // Goes on until it is told to stop, then sets everything right.
    private static async Task TroubleAsync(MockCluster mock, Random random, (ApiKey Api, int[] Errors)[] kinds, Dictionary<string, int> faults, CancellationToken over)
    {
        var topics = kinds == FetchFaults ? ["source"] : new[] { "source", "target" };
        void Note(string fault) => faults[fault] = faults.GetValueOrDefault(fault) + 1;
        foreach (var (api, errors) in kinds)
        {
            var error = errors[random.Next(errors.Length)];
            mock.Push((short)api, error);
            Note($"{api} {error}");
        }

        var down = 0;
        try
        {
            for (var turn = 0; ; turn++)
            {
                await Task.Delay(random.Next(1, 15), over);
                switch (random.Next(5))
                {
                    case 0 when down == 0:
                        mock.Down(down = random.Next(1, mock.Brokers + 1));
                        Note("broker down");
                        break;
                    case 1 when down > 0:
                        mock.Up(down);
                        down = 0;
                        Note("broker up");
                        break;
                    case 2:
                        mock.Lead(topics[random.Next(topics.Length)], random.Next(Partitions), random.Next(1, mock.Brokers + 1));
                        Note("leader moved");
                        break;
                    case 3 when turn < 20:
                        var (api, errors) = kinds[random.Next(kinds.Length)];
                        var error = errors[random.Next(errors.Length)];
                        mock.Push((short)api, error);
                        Note($"{api} {error}");
                        break;
                    case 4:
                        mock.Slow(random.Next(1, mock.Brokers + 1), random.Next(0, 20));
                        Note("broker slow");
                        break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            if (down > 0)
                mock.Up(down);
            for (var broker = 1; broker <= mock.Brokers; broker++)
                mock.Slow(broker, 0);
        }
    }

    private static MockCluster Filled(Dictionary<int, List<string>> expected)
    {
        var mock = new MockCluster(3);
        mock.CreateTopic("source", Partitions);
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig { BootstrapServers = mock.BootstrapServers, CompressionType = CompressionType.Lz4, LingerMs = 5, BatchNumMessages = 20 }).Build();
        for (var p = 0; p < Partitions; p++)
        {
            expected[p] = [];
            for (var i = 0; i < PerPartition; i++)
            {
                var (key, value, time) = (BitConverter.GetBytes(i), new byte[100], 1_577_836_800_000 + i);
                value[i % 100] = (byte)i;
                producer.Produce(new Confluent.Kafka.TopicPartition("source", p), new Message<byte[]?, byte[]?> { Key = key, Value = value, Timestamp = new Timestamp(time, TimestampType.CreateTime) });
                expected[p].Add($"@{time} '{Convert.ToBase64String(key)}'='{Convert.ToBase64String(value)}' []");
            }
        }

        if (producer.Flush(Soon) > 0)
            throw new UnreachableException("the mock cluster does not take what is produced");
        return mock;
    }

    private static ClusterClient Cluster(MockCluster mock) => new(
        new ClusterOptions(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = mock.BootstrapServers,
            ["max.partition.fetch.bytes"] = "4000",
            ["fetch.max.bytes"] = "12000",
            ["fetch.wait.max.ms"] = "20",
            ["retry.backoff.ms"] = "5",
            ["retry.backoff.max.ms"] = "50",
            ["socket.timeout.ms"] = "5000",
            // The mock does not mind a sequence number: what it lets in behind a batch that it refused, a broker would refuse as well.
            ["max.in.flight.requests.per.connection"] = "1",
        }) { GiveUpAfter = TimeSpan.FromSeconds(30) },
        TimeProvider.System,
        NullLogger<ClusterClient>.Instance);

    /// <summary>Goes on beside a test, and is over when the test is.</summary>
    private sealed class Trouble : IAsyncDisposable
    {
        private readonly CancellationTokenSource _over = new();
        private readonly Task _running;

        public Trouble(Func<CancellationToken, Task> make) => _running = make(_over.Token);

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            await _running;
        }
    }
}
