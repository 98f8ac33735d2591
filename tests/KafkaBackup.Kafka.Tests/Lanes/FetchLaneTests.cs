using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>What the fetch lane asks for, and in which order.</summary>
public sealed class FetchLaneTests : ScriptedFetches
{
    [Fact]
    public async Task A_partition_is_read_to_its_cut()
    {
        await using var broker = Broker((p, offset) => Data(offset switch { 0 => Some.Batch(0, 5), 5 => Some.Batch(5, 5), _ => Some.Batch(10, 5) }));
        var sink = new MemorySink();
        var range = Assert.Single(await FetchAsync(broker, [sink.Assign(First, 0, 10)]));
        Assert.Equal((First, 10L), (range.Partition, range.To));
        Assert.Empty(range.Gaps);
        Assert.Equal([.. Some.Batch(0, 5), .. Some.Batch(5, 5)], sink.Bytes);
        Assert.All(Fetches, f => Assert.Equal((IsolationLevel.ReadCommitted, -1, -1), (f.IsolationLevel, f.ReplicaId, f.SessionEpoch)));
    }

    [Fact]
    public async Task Nothing_is_asked_where_nothing_is_to_be_read()
    {
        await using var broker = Broker((_, _) => null);
        Assert.Equal([3L], (await FetchAsync(broker, [new MemorySink().Assign(First, 3, 3)])).Select(r => r.To));
        Assert.Empty(Fetches);
    }

    [Fact]
    public async Task Compaction_that_left_nothing_up_to_the_cut_is_the_end()
    {
        await using var broker = Broker((_, offset) => offset == 0 ? Data(Some.Batch(0, 5)) : Nothing(stable: 10));
        var sink = new MemorySink();
        Assert.Equal([10L], (await FetchAsync(broker, [sink.Assign(First, 0, 10)])).Select(r => r.To));
        Assert.Equal(Some.Batch(0, 5), sink.Bytes);
    }

    [Fact]
    public async Task Who_got_nothing_is_asked_first_the_next_time()
    {
        await using var broker = Broker((p, offset) => Fetches.Count == 1 && p == 1 ? Nothing(stable: 10) : Data(Some.Batch(offset, 5)));
        await FetchAsync(broker, [new MemorySink().Assign(First, 0, 10), new MemorySink().Assign(Second, 0, 10)]);
        Assert.Equal([[0, 1], [1, 0]], Fetches.Take(2).Select(f => f.Topics.SelectMany(t => t.Partitions).Select(p => p.Partition)));
    }

    [Fact]
    public async Task The_next_request_is_on_its_way_while_an_answer_is_written()
    {
        var second = new TaskCompletionSource();
        await using var broker = Broker((_, offset) =>
        {
            if (offset == 5)
                second.TrySetResult();
            return Data(Some.Batch(offset, 5));
        });
        var sink = new WaitingSink(second.Task);
        await FetchAsync(broker, [new FetchAssignment(First, 0, 10, sink)]);
    }

    [Fact]
    public async Task A_broker_that_holds_its_client_back_is_not_asked_before_the_time_is_over()
    {
        var time = new FakeTimeProvider();
        await using var broker = Broker((_, offset) => Data(Some.Batch(offset, 5)), throttleMs: 5_000);
        var sink = new MemorySink();
        var lane = FetchAsync(broker, [sink.Assign(First, 0, 10)], time: time);
        await Eventually.HoldsAsync(() => sink.Appends == 1);
        time.Advance(TimeSpan.FromMilliseconds(4_900));
        await Task.Delay(50);
        Assert.Single(Fetches);
        while (!lane.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }

        await lane;
        Assert.Equal(2, Fetches.Count);
    }

    [Fact]
    public async Task A_cancelled_lane_stops()
    {
        using var cancel = new CancellationTokenSource();
        await using var broker = Broker((_, _) =>
        {
            cancel.Cancel();
            return Nothing(stable: 0);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FetchAsync(broker, [new MemorySink().Assign(First, 0, 10)], cancellation: cancel.Token));
    }

    [Fact]
    public async Task A_limited_lane_takes_small_bites()
    {
        await using var broker = Broker((_, offset) => Data(Some.Batch(offset, 5)));
        await FetchAsync(broker, [new MemorySink().Assign(First, 0, 10)], limit: new RateLimit(1_000_000, TimeProvider.System));
        Assert.All(Fetches, f => Assert.Equal((250_000, 250_000), (f.MaxBytes, f.Topics[0].Partitions[0].PartitionMaxBytes)));
    }

    private sealed class WaitingSink(Task until) : IFetchSink
    {
        public async ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<Protocol.Records.AbortedRange> aborted, CancellationToken cancellation) =>
            await until.WaitAsync(Eventually.Soon, cancellation);
    }
}
