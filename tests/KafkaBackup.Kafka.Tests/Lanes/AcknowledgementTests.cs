using System.Threading.Channels;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Messages;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>Whoever waits for a restore hears of what has arrived when it has, whatever the lane itself waits for.</summary>
public sealed class AcknowledgementTests
{
    private static readonly TransformPolicy Verbatim = new(1 << 20, CoalesceBelow: 0);

    private readonly Channel<Acknowledgement> _told = Channel.CreateUnbounded<Acknowledgement>();

    [Fact]
    public async Task What_arrives_is_told_while_the_source_has_nothing_more_yet()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = broker.Cluster();
        var stored = Channel.CreateUnbounded<byte[]>();
        var run = RunAsync(cluster, null, stored.Reader);
        Assert.Equal(new Acknowledgement(0, 0), await NextAsync());
        for (var i = 1; i <= 3; i++)
        {
            var batch = Some.Batch(i * 10, 10);
            await stored.Writer.WriteAsync(batch);
            Assert.Equal(new Acknowledgement(i * 10, batch.Length), await NextAsync());
        }

        stored.Writer.Complete();
        Assert.Equal(30, (await run).RecordsSent);
    }

    [Fact]
    public async Task What_arrives_is_told_while_the_next_batch_is_not_paid_for()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = broker.Cluster();
        List<byte[]> batches = [Some.Batch(0, 10), Some.Batch(10, 10)];
        // The clock goes on for the first batch alone.
        var time = new FakeTimeProvider();
        var stored = Channel.CreateUnbounded<byte[]>();
        var run = RunAsync(cluster, new RateLimit(batches[0].Length, time), stored.Reader);
        Assert.Equal(new Acknowledgement(0, 0), await NextAsync());
        foreach (var batch in batches)
            await stored.Writer.WriteAsync(batch);
        var first = NextAsync();
        await UntilAsync(() => first.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(10)), mostAdvances: 105);
        Assert.Equal(new Acknowledgement(10, batches[0].Length), await first);
        Assert.False(_told.Reader.TryRead(out _));
        stored.Writer.Complete();
        await UntilAsync(() => run.IsCompleted, () => time.Advance(TimeSpan.FromSeconds(1)), mostAdvances: int.MaxValue);
        Assert.Equal(20, (await run).RecordsSent);
    }

    [Fact]
    public async Task What_an_earlier_attempt_has_written_is_told_before_anything_is_sent()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = broker.Cluster();
        var (id, epoch) = await ProducerIds.NewAsync(cluster, default);
        var identity = new ProducerIdentity(id, epoch, 0);
        await RunAsync(cluster, null, Closed(Some.Batch(0, 10)), identity);
        Assert.Equal(new Acknowledgement(0, 0), await NextAsync());
        Assert.Equal(10, (await NextAsync()).Records);
        var stored = Channel.CreateUnbounded<byte[]>();
        var run = RunAsync(cluster, null, stored.Reader, identity);
        Assert.Equal(new Acknowledgement(10, 0), await NextAsync());
        await stored.Writer.WriteAsync(Some.Batch(0, 10));
        stored.Writer.Complete();
        Assert.Equal((0, 10), ((await run).RecordsSent, (await run).RecordsFound));
    }

    [Fact]
    public async Task A_pause_that_the_cluster_makes_is_counted_once_however_many_answers_speak_of_it()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = broker.Cluster();
        var throttled = new ThrottleTime(TimeProvider.System);
        await RunAsync(cluster, null, Closed(Some.Batch(0, 10)), throttled: throttled);
        Assert.Equal(TimeSpan.Zero, throttled.Total);
        broker.Faults.Apply("throttle:Produce=150ms*2");
        await RunAsync(cluster, null, Closed(Some.Batch(0, 10), Some.Batch(10, 10), Some.Batch(20, 10)), throttled: throttled);
        Assert.InRange(throttled.Total.TotalMilliseconds, 150, 301);
    }

    private static ChannelReader<byte[]> Closed(params byte[][] batches)
    {
        var stored = Channel.CreateUnbounded<byte[]>();
        foreach (var batch in batches)
            Assert.True(stored.Writer.TryWrite(batch));
        stored.Writer.Complete();
        return stored.Reader;
    }

    private static async Task UntilAsync(Func<bool> condition, Action advance, int mostAdvances)
    {
        for (var begun = TimeProvider.System.GetTimestamp(); !condition(); await Task.Delay(2))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < DevelopmentBroker.Soon, "it did not come to that in time");
            if (mostAdvances-- > 0)
                advance();
        }
    }

    private async Task<Acknowledgement> NextAsync() => await _told.Reader.ReadAsync().AsTask().WaitAsync(DevelopmentBroker.Soon);

    private async Task<ProducedRange> RunAsync(
        ClusterClient cluster, RateLimit? limit, ChannelReader<byte[]> stored, ProducerIdentity? identity = null, ThrottleTime? throttled = null)
    {
        if (identity is null)
        {
            var (id, epoch) = await ProducerIds.NewAsync(cluster, default);
            var end = (await new LogOffsets(cluster).ReadAsync([DevelopmentBroker.Target], IsolationLevel.ReadUncommitted, default))[DevelopmentBroker.Target].End;
            identity = new ProducerIdentity(id, epoch, end);
        }

        return await new PartitionProducer(cluster, limit, NullLogger<PartitionProducer>.Instance, throttled)
            .RunAsync(DevelopmentBroker.Target, identity, Verbatim, () => Source(stored), more => Assert.True(_told.Writer.TryWrite(more)), default).WaitAsync(DevelopmentBroker.Soon);
    }

    private static async IAsyncEnumerable<SourceBatch> Source(ChannelReader<byte[]> stored)
    {
        await foreach (var batch in stored.ReadAllAsync())
            yield return new SourceBatch(Some.Take(batch), 0, long.MaxValue, []);
    }
}
