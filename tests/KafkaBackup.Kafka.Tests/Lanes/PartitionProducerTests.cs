using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Kafka.Tests.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>What the produce lane sends, and in which order.</summary>
public sealed class PartitionProducerTests : ScriptedProduces
{
    [Fact]
    public async Task Each_batch_is_sent_alone_under_our_name_and_its_offset_is_asserted()
    {
        await using var broker = Broker(100, n => Acknowledge(100 + (n * 2)));
        var range = await ProduceAsync(broker, Batches(3));
        Assert.Equal((6, 0, 106), (range.RecordsSent, range.RecordsFound, range.Map.TargetEnd));
        Assert.Equal([new OffsetRun(50, 100, 6)], range.Map.Runs);
        Assert.Equal([0L, 2, 4, 6], Acknowledged.Select(a => a.Records));
        Assert.Equal(range.Bytes, Acknowledged.Sum(a => a.Bytes));
        Assert.Equal(range.Bytes, Produced.Sum(p => p.Topics[0].Partitions[0].Records!.Value.Length));
        var sequence = 0;
        foreach (var request in Produced)
        {
            Assert.Equal(((short)-1, null), (request.Acks, request.TransactionalId));
            var header = Some.Take(request.Topics.Single().Partitions.Single().Records!.Value).Header;
            Assert.Equal((77L, (short)2, sequence, 0L), (header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.BaseOffset));
            sequence += 2;
        }
    }

    [Fact]
    public async Task What_the_target_holds_is_not_sent_again()
    {
        await using var broker = Broker(104, _ => Acknowledge(104));
        var range = await ProduceAsync(broker, Batches(3));
        Assert.Equal((2, 4), (range.RecordsSent, range.RecordsFound));
        Assert.Equal(4, Some.Take(Assert.Single(Produced).Topics[0].Partitions[0].Records!.Value).Header.BaseSequence);
        Assert.Equal([new OffsetRun(50, 100, 6)], range.Map.Runs);
    }

    [Fact]
    public async Task Where_all_is_there_nothing_is_sent()
    {
        await using var broker = Broker(106, _ => null);
        var range = await ProduceAsync(broker, Batches(3));
        Assert.Equal((0, 6, 0), (range.RecordsSent, range.RecordsFound, range.Bytes));
        Assert.Equal([new Acknowledgement(6, 0)], Acknowledged);
    }

    [Fact]
    public async Task Five_batches_are_on_their_way_and_no_more()
    {
        var fifth = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        ScriptedBroker? broker = null;
        await using var b = broker = ScriptedBroker.Speaking(async peer =>
        {
            // It goes on reading what it does not answer yet, so that a sixth would be seen.
            var answered = 0;
            var waiting = new Queue<RequestHeader>();
            var reading = peer.ReadAsync();
            while (true)
            {
                await Task.WhenAny(reading, release.Task);
                while (release.Task.IsCompleted && waiting.TryDequeue(out var oldest))
                    await peer.AnswerAsync(oldest, Acknowledge(100 + (2 * answered++)));
                var (header, request) = await reading;
                reading = peer.ReadAsync();
                if (request is ProduceRequest produce)
                {
                    Produced.Enqueue(produce);
                    waiting.Enqueue(header);
                    if (Produced.Count == 5)
                        fifth.SetResult();
                }
                else
                {
                    await peer.AnswerAsync(header, Describe(broker!, request, 100)!);
                }
            }
        });
        var run = ProduceAsync(broker, Batches(8));
        await fifth.Task.WaitAsync(Eventually.Soon);
        await Task.Delay(100); // a sixth would have come by now
        Assert.Equal(5, Produced.Count);
        release.SetResult();
        Assert.Equal(16, (await run).RecordsSent);
    }

    [Fact]
    public async Task It_stops_when_it_is_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        await using var broker = Broker(100, n =>
        {
            cancel.Cancel();
            return Acknowledge(100 + (2 * n));
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ProduceAsync(broker, Batches(100), cancellation: cancel.Token));
        Assert.InRange(Produced.Count, 1, 6);
    }

    [Fact]
    public async Task A_limited_lane_pays_before_it_sends()
    {
        var time = new FakeTimeProvider();
        await using var broker = Broker(100, n => Acknowledge(100 + (2 * n)));
        await using var cluster = Cluster(broker);
        var size = Batches(1)[0].Length;
        var run = new PartitionProducer(cluster, new RateLimit(size, time), NullLogger<PartitionProducer>.Instance).RunAsync(
            Target, Identity, Verbatim, () => Stored(Batches(2)), Acknowledged.Enqueue, default);
        await Task.Delay(100); // the clock stands still: nothing is paid for
        Assert.Empty(Produced);
        while (!run.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }

        Assert.Equal(4, (await run.WaitAsync(Eventually.Soon)).RecordsSent);
        Assert.True(time.GetUtcNow() - time.Start >= TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_new_producer_id_is_asked_for_without_a_transaction()
    {
        InitProducerIdRequest? asked = null;
        var attempts = 0;
        ScriptedBroker? broker = null;
        await using var b = broker = ScriptedBroker.Answering(request =>
        {
            if (request is not InitProducerIdRequest init)
                return Describe(broker!, request, 0);
            asked = init;
            return attempts++ == 0
                ? new InitProducerIdResponse { ErrorCode = ErrorCode.CoordinatorLoadInProgress }
                : new InitProducerIdResponse { ProducerId = 12, ProducerEpoch = 0 };
        });
        await using var cluster = Cluster(broker);
        Assert.Equal((12L, (short)0), await ProducerIds.NewAsync(cluster, default).WaitAsync(Eventually.Soon));
        Assert.Null(asked!.TransactionalId);
        Assert.Equal(2, attempts);
    }
}
