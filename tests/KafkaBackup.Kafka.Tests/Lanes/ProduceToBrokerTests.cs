using Confluent.Kafka;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Kafka.Tests.Producing;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using TopicPartition = KafkaBackup.Kafka.Administration.TopicPartition;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>The produce lane against a broker that knows producers and their sequences: every record once, whatever happens in between.</summary>
public sealed class ProduceToBrokerTests : IAsyncDisposable
{
    private static readonly TimeSpan Soon = DevelopmentBroker.Soon;
    private static readonly TopicPartition Target = DevelopmentBroker.Target;
    private static readonly TransformPolicy Policy = new(900_000);

    /// <summary>Many small batches, so that an attempt has something to be interrupted at.</summary>
    private static readonly TransformPolicy Small = new(900_000, CoalesceBelow: 1 << 20, CoalesceTo: 400);

    private readonly DevelopmentBroker _broker = DevelopmentBroker.With();

    public static TheoryData<string> Logs => [.. FixtureLog.MagicTwo.Select(log => log.Name)];

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Theory]
    [MemberData(nameof(Logs))]
    public async Task What_is_read_and_written_to_another_topic_is_what_a_consumer_sees(string name)
    {
        await using var cluster = _broker.Cluster();
        var source = FixtureSource.Of(name);
        var acknowledged = new List<Acknowledgement>();
        var range = await ProduceAsync(cluster, await IdentityAsync(cluster), Policy, source, acknowledged.Add);
        Assert.Equal((source.Listed.Count, 0), (range.RecordsSent, range.RecordsFound));
        Assert.Equal(source.Listed.Count, range.Map.TargetEnd);
        Assert.Equal(source.Listed.Count, acknowledged[^1].Records);
        Assert.Equal(acknowledged.OrderBy(a => a.Records), acknowledged);
        var restored = await DevelopmentBroker.ReadTargetAsync(cluster);
        Assert.Equal(source.Listed.Select(FixtureSource.Describe), restored.Select(Some.Describe));
        Assert.Equal(Enumerable.Range(0, restored.Count).Select(i => (long)i), restored.Select(r => r.Offset));
        foreach (var line in source.Listed)
        {
            var offset = line.GetProperty("offset").GetInt64();
            Assert.Equal(FixtureSource.Describe(line), Some.Describe(restored[(int)range.Map.Translate(offset)]));
        }

        if (source.Listed.Count > 0)
            Assert.Equal(source.Listed.Select(l => l.GetProperty("value").GetString()), Consume(source.Listed.Count));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(20)]
    public async Task An_attempt_that_is_cut_down_is_gone_on_with_and_every_record_is_there_once(int acknowledgements)
    {
        await using var cluster = _broker.Cluster();
        var source = FixtureSource.Of("fx-txn-0");
        var identity = await IdentityAsync(cluster);
        var attempts = 0;
        while (true)
        {
            Assert.InRange(++attempts, 1, 200);
            using var kill = new CancellationTokenSource();
            var left = acknowledgements;
            try
            {
                // Another cluster client each time, as in another process.
                await using var fresh = _broker.Cluster();
                var range = await ProduceAsync(fresh, identity, Small, source, more =>
                {
                    if (more.Bytes > 0 && --left == 0)
                        kill.Cancel();
                }, kill.Token);
                Assert.Equal(source.Listed.Count, range.Map.TargetEnd);
                Assert.Equal(source.Listed.Count, range.RecordsSent + range.RecordsFound);
                break;
            }
            catch (OperationCanceledException) when (kill.IsCancellationRequested)
            {
            }
        }

        Assert.InRange(attempts, 2, 200);
        Assert.Equal(source.Listed.Select(FixtureSource.Describe), (await DevelopmentBroker.ReadTargetAsync(cluster)).Select(Some.Describe));
    }

    [Fact]
    public async Task A_request_of_a_dead_attempt_that_lands_late_is_not_appended_twice()
    {
        await using var cluster = _broker.Cluster();
        var source = FixtureSource.Of("fx-txn-0");
        var identity = await IdentityAsync(cluster);
        _broker.Faults.Late = new LateDelivery(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(150));
        using var kill = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ProduceAsync(cluster, identity, Small, source, _ => kill.Cancel(), kill.Token));
        var range = await ProduceAsync(cluster, identity, Small, source, _ => { });
        Assert.Equal(source.Listed.Count, range.Map.TargetEnd);
        Assert.Equal(source.Listed.Select(FixtureSource.Describe), (await DevelopmentBroker.ReadTargetAsync(cluster)).Select(Some.Describe));
    }

    [Theory]
    [InlineData("cut:Produce*3")]
    [InlineData("cut-after:Produce*3")]
    [InlineData("error:Produce=NotLeaderOrFollower*3")]
    [InlineData("error:Produce=NotEnoughReplicasAfterAppend*2")]
    [InlineData("error:ListOffsets=LeaderNotAvailable*2")]
    [InlineData("error:Metadata=LeaderNotAvailable*2")]
    public async Task What_passes_is_ridden_out_and_every_record_is_written_once(string fault)
    {
        await using var cluster = _broker.Cluster();
        var source = FixtureSource.Of("fx-multi-0");
        var identity = await IdentityAsync(cluster);
        _broker.Faults.Apply(fault);
        var range = await ProduceAsync(cluster, identity, Small with { CoalesceTo = 4_000 }, source, _ => { });
        Assert.Equal(source.Listed.Count, range.Map.TargetEnd);
        Assert.Equal(source.Listed.Select(FixtureSource.Describe), (await DevelopmentBroker.ReadTargetAsync(cluster)).Select(Some.Describe));
    }

    [Fact]
    public async Task The_same_batch_sent_twice_is_acknowledged_with_its_first_offset_and_not_appended()
    {
        await using var cluster = _broker.Cluster();
        var identity = await IdentityAsync(cluster);
        var leader = await cluster.LeaderAsync(Target.Topic, Target.Partition, false, default);
        await using var connection = await cluster.OpenAsync(leader, default);
        var batches = Enumerable.Range(0, 5).Select(i =>
        {
            var batch = Some.Batch(0, 3);
            identity.Stamp(batch, i * 3);
            return batch;
        }).ToList();
        foreach (var batch in batches.Concat(batches))
        {
            using var lease = await connection.SendAsync(
                new ProduceRequest { TimeoutMs = 1_000, Topics = [new ProduceTopic { Topic = Target.Topic, Partitions = [new ProducePartition { Partition = Target.Partition, Records = batch }] }] }, default);
            var produced = lease.Response.Topics[0].Partitions[0];
            Assert.Equal((Protocol.Primitives.ErrorCode.None, batches.IndexOf(batch) * 3L), (produced.ErrorCode, produced.BaseOffset));
        }

        Assert.Equal(15, (await DevelopmentBroker.ReadTargetAsync(cluster)).Count);
    }

    [Fact]
    public async Task Another_writer_before_the_first_record_is_noticed()
    {
        await using var cluster = _broker.Cluster();
        var identity = await IdentityAsync(cluster);
        await WriteForeignAsync();
        var error = await Assert.ThrowsAnyAsync<ClusterException>(() => ProduceAsync(cluster, identity, Policy, FixtureSource.Of("fx-none-0"), _ => { }));
        Assert.IsType<ForeignWriterException>(error);
        Assert.Single(await DevelopmentBroker.ReadTargetAsync(cluster));
    }

    [Fact]
    public async Task Another_writer_in_the_middle_is_noticed_and_nothing_more_is_written()
    {
        await using var cluster = _broker.Cluster();
        var identity = await IdentityAsync(cluster);
        Task? foreign = null;
        var source = FixtureSource.Of("fx-txn-0");
        await Assert.ThrowsAsync<ForeignWriterException>(() => ProduceAsync(cluster, identity, Small, source, more =>
        {
            if (more.Records >= 20 && foreign is null)
                (foreign = WriteForeignAsync()).Wait(Soon);
        }));
        Assert.InRange((await DevelopmentBroker.ReadTargetAsync(cluster)).Count, 21, source.Listed.Count);
    }

    [Fact]
    public async Task Another_writer_after_the_last_record_is_noticed_by_who_looks_again()
    {
        await using var cluster = _broker.Cluster();
        var identity = await IdentityAsync(cluster);
        var source = FixtureSource.Of("fx-none-0");
        await ProduceAsync(cluster, identity, Policy, source, _ => { });
        await WriteForeignAsync();
        await Assert.ThrowsAsync<ForeignWriterException>(() => ProduceAsync(cluster, identity, Policy, source, _ => { }));
    }

    [Fact]
    public async Task Another_writers_records_are_not_taken_for_ours_though_they_are_just_as_many()
    {
        await using var cluster = _broker.Cluster();
        var identity = await IdentityAsync(cluster);
        var source = FixtureSource.Of("fx-none-0");
        await WriteForeignAsync(source.Listed.Count);
        await Assert.ThrowsAsync<ForeignWriterException>(() => ProduceAsync(cluster, identity, Policy, source, _ => { }));
    }

    [Fact]
    public async Task A_target_that_is_not_empty_is_continued_at_its_end()
    {
        await using var cluster = _broker.Cluster();
        await WriteForeignAsync();
        var identity = await IdentityAsync(cluster) with { TargetStart = 1 };
        var source = FixtureSource.Of("fx-compact-0");
        var range = await ProduceAsync(cluster, identity, Policy, source, _ => { });
        Assert.Equal((1, 1 + source.Listed.Count), (range.Map.TargetStart, range.Map.TargetEnd));
        Assert.Equal(source.Listed.Select(FixtureSource.Describe), (await DevelopmentBroker.ReadTargetAsync(cluster)).Skip(1).Select(Some.Describe));
    }

    private static async Task<ProducerIdentity> IdentityAsync(ClusterClient cluster)
    {
        var (id, epoch) = await ProducerIds.NewAsync(cluster, default).WaitAsync(Soon);
        return new ProducerIdentity(id, epoch, 0);
    }

    private static Task<ProducedRange> ProduceAsync(
        ClusterClient cluster, ProducerIdentity identity, TransformPolicy policy, FixtureSource source, Action<Acknowledgement> acknowledged, CancellationToken cancellation = default)
    {
        return new PartitionProducer(cluster, null, NullLogger<PartitionProducer>.Instance)
            .RunAsync(Target, identity, policy, Stored, acknowledged, cancellation).WaitAsync(Soon);

        async IAsyncEnumerable<SourceBatch> Stored()
        {
            await Task.Yield();
            foreach (var batch in source.Batches)
            {
                var borrowed = (byte[])batch.Clone();
                yield return new SourceBatch(Some.Take(borrowed), source.From, source.To, source.Aborted);
                borrowed.AsSpan().Fill(0xee);
            }
        }
    }

    private async Task WriteForeignAsync(int count = 1)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = _broker.BootstrapServers }).Build();
        var sent = Enumerable.Range(0, count).Select(_ => producer.ProduceAsync(
            new Confluent.Kafka.TopicPartition(Target.Topic, Target.Partition), new Message<Null, string> { Value = "foreign" }));
        await Task.WhenAll(sent);
    }

    private List<string?> Consume(int count)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = _broker.BootstrapServers, GroupId = "g", EnableAutoCommit = false, IsolationLevel = Confluent.Kafka.IsolationLevel.ReadCommitted,
        }).Build();
        consumer.Assign(new TopicPartitionOffset(Target.Topic, Target.Partition, 0));
        var values = new List<string?>();
        var deadline = DateTime.UtcNow + Soon;
        while (values.Count < count && DateTime.UtcNow < deadline)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(500)) is { } message)
                values.Add(message.Message.Value is { } value ? Convert.ToBase64String(value) : null);
        }

        return values;
    }
}
