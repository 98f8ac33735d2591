using System.Collections.Concurrent;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Tests.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>The fetch lane against a broker that says what a test wants it to say.</summary>
public sealed class FetchLaneTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly TopicPartition First = new("t", 0);
    private static readonly TopicPartition Second = new("t", 1);

    /// <summary>Every Fetch request, in order.</summary>
    private readonly ConcurrentQueue<FetchRequest> _fetches = new();
    private int _metadata;

    [Fact]
    public async Task A_partition_is_read_to_its_cut()
    {
        await using var broker = Broker((p, offset) => Data(offset switch { 0 => Some.Batch(0, 5), 5 => Some.Batch(5, 5), _ => Some.Batch(10, 5) }));
        var sink = new MemorySink();
        var range = Assert.Single(await FetchAsync(broker, [sink.Assign(First, 0, 10)]));
        Assert.Equal((First, 10L), (range.Partition, range.To));
        Assert.Empty(range.Gaps);
        Assert.Equal([.. Some.Batch(0, 5), .. Some.Batch(5, 5)], sink.Bytes);
        Assert.All(_fetches, f => Assert.Equal((IsolationLevel.ReadCommitted, -1, -1), (f.IsolationLevel, f.ReplicaId, f.SessionEpoch)));
    }

    [Fact]
    public async Task Nothing_is_asked_where_nothing_is_to_be_read()
    {
        await using var broker = Broker((_, _) => null);
        Assert.Equal([3L], (await FetchAsync(broker, [new MemorySink().Assign(First, 3, 3)])).Select(r => r.To));
        Assert.Empty(_fetches);
    }

    [Fact]
    public async Task What_the_others_were_sent_is_kept_when_one_partition_fails()
    {
        var failures = 0;
        await using var broker = Broker((p, offset) => p == 0 && failures++ == 0
            ? new FetchedPartition { ErrorCode = ErrorCode.NotLeaderOrFollower }
            : Data(Some.Batch(offset, 5)));
        var (first, second) = (new MemorySink(), new MemorySink());
        await FetchAsync(broker, [first.Assign(First, 0, 5), second.Assign(Second, 0, 10)]);
        Assert.Equal(Some.Batch(0, 5), first.Bytes);
        Assert.Equal([.. Some.Batch(0, 5), .. Some.Batch(5, 5)], second.Bytes);
        Assert.Equal(2, _metadata); // the leaders were asked for again
        Assert.DoesNotContain(_fetches.Skip(1), f => f.Topics[0].Partitions.Any(p => p.Partition == 1 && p.FetchOffset == 0));
    }

    [Fact]
    public async Task An_error_that_does_not_pass_ends_the_lane()
    {
        await using var broker = Broker((_, _) => new FetchedPartition { ErrorCode = ErrorCode.TopicAuthorizationFailed });
        var error = await Assert.ThrowsAsync<BrokerErrorException>(() => FetchAsync(broker, [new MemorySink().Assign(First, 0, 5)]));
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, error.Code);
        Assert.Contains("t-0", error.Message);
        Assert.Single(_fetches);
    }

    [Fact]
    public async Task Offsets_that_retention_took_are_a_gap_and_the_rest_is_read()
    {
        await using var broker = Broker((_, offset) => offset < 7 ? new FetchedPartition { ErrorCode = ErrorCode.OffsetOutOfRange } : Data(Some.Batch(7, 3)), start: 7, end: 20);
        var sink = new MemorySink();
        var range = Assert.Single(await FetchAsync(broker, [sink.Assign(First, 2, 10)]));
        Assert.Equal(10, range.To);
        Assert.Equal([new OffsetGap(2, 7)], range.Gaps);
        Assert.Equal(Some.Batch(7, 3), sink.Bytes);
    }

    [Fact]
    public async Task A_log_that_ends_before_the_position_was_truncated()
    {
        await using var broker = Broker((_, _) => new FetchedPartition { ErrorCode = ErrorCode.OffsetOutOfRange }, start: 0, end: 5);
        var error = await Assert.ThrowsAsync<LogTruncatedException>(() => FetchAsync(broker, [new MemorySink().Assign(First, 7, 10)]));
        Assert.Contains("t-0 ends at offset 5, before 7", error.Message);
    }

    [Fact]
    public async Task An_offset_that_is_in_the_range_again_is_asked_for_again()
    {
        var answers = 0;
        await using var broker = Broker((_, offset) => answers++ == 0 ? new FetchedPartition { ErrorCode = ErrorCode.OffsetOutOfRange } : Data(Some.Batch(offset, 5)), start: 0, end: 20);
        var range = Assert.Single(await FetchAsync(broker, [new MemorySink().Assign(First, 5, 10)]));
        Assert.Equal(10, range.To);
        Assert.Empty(range.Gaps);
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
    public async Task A_leader_that_brings_nothing_for_too_long_is_an_error_and_not_the_end()
    {
        await using var broker = Broker((_, _) => Nothing(stable: 4));
        var error = await Assert.ThrowsAsync<FetchStalledException>(() => FetchAsync(broker, [new MemorySink().Assign(First, 4, 10)], giveUpAfter: 0.2));
        Assert.Contains("t-0 brings nothing from offset 4 on", error.Message);
        Assert.Contains("stable up to 10", error.Message);
        Assert.Contains("says 4 now", error.Message);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task A_batch_that_never_comes_whole_is_an_error_and_not_a_wait_without_end()
    {
        await using var broker = Broker((_, _) => Data(Some.Batch(0, 5)[..70]));
        var error = await Assert.ThrowsAsync<FetchStalledException>(() => FetchAsync(broker, [new MemorySink().Assign(First, 0, 10)], giveUpAfter: 0.2));
        Assert.DoesNotContain("unclean", error.Message);
    }

    [Fact]
    public async Task A_batch_that_is_damaged_on_its_way_is_fetched_again()
    {
        var damaged = Some.Batch(0, 5);
        damaged[^1] ^= 1;
        await using var broker = Broker((_, _) => Data(_fetches.Count < 3 ? damaged : Some.Batch(0, 5)));
        var sink = new MemorySink();
        await FetchAsync(broker, [sink.Assign(First, 0, 5)]);
        Assert.Equal(Some.Batch(0, 5), sink.Bytes);
    }

    [Fact]
    public async Task A_batch_that_stays_damaged_is_never_kept()
    {
        var damaged = Some.Batch(0, 5);
        damaged[^1] ^= 1;
        await using var broker = Broker((_, _) => Data(damaged));
        var sink = new MemorySink();
        var error = await Assert.ThrowsAsync<CorruptBatchException>(() => FetchAsync(broker, [sink.Assign(First, 0, 5)]));
        Assert.Contains("t-0, record batch at offset 0: its CRC-32C", error.Message);
        Assert.False(error.IsTransient);
        Assert.Empty(sink.Bytes);
        Assert.Equal(3, _fetches.Count);
    }

    [Fact]
    public async Task Who_got_nothing_is_asked_first_the_next_time()
    {
        await using var broker = Broker((p, offset) => _fetches.Count == 1 && p == 1 ? Nothing(stable: 10) : Data(Some.Batch(offset, 5)));
        await FetchAsync(broker, [new MemorySink().Assign(First, 0, 10), new MemorySink().Assign(Second, 0, 10)]);
        Assert.Equal([[0, 1], [1, 0]], _fetches.Take(2).Select(f => f.Topics.SelectMany(t => t.Partitions).Select(p => p.Partition)));
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
        await UntilAsync(() => sink.Appends == 1);
        time.Advance(TimeSpan.FromMilliseconds(4_900));
        await Task.Delay(50);
        Assert.Single(_fetches);
        while (!lane.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }

        await lane;
        Assert.Equal(2, _fetches.Count);
    }

    [Fact]
    public async Task A_lost_connection_is_ridden_out_and_nothing_comes_twice()
    {
        await using var broker = Broker((_, offset) => _fetches.Count is 1 or 3 ? null : Data(Some.Batch(offset, 5)));
        var sink = new MemorySink();
        await FetchAsync(broker, [sink.Assign(First, 0, 20)]);
        Assert.Equal([.. Some.Batch(0, 5), .. Some.Batch(5, 5), .. Some.Batch(10, 5), .. Some.Batch(15, 5)], sink.Bytes);
    }

    [Fact]
    public async Task A_connection_that_keeps_breaking_is_given_up_with_its_own_error()
    {
        await using var broker = Broker((_, _) => null);
        var error = await Assert.ThrowsAsync<BrokerConnectionException>(() => FetchAsync(broker, [new MemorySink().Assign(First, 0, 20)], giveUpAfter: 0.2));
        Assert.Contains(broker.Address.ToString(), error.Message);
    }

    [Fact]
    public async Task A_sink_that_fails_ends_the_lane_with_its_own_error()
    {
        await using var broker = Broker((_, offset) => Data(Some.Batch(offset, 5)));
        await Assert.ThrowsAsync<IOException>(() => FetchAsync(broker, [new FetchAssignment(First, 0, 10, new FailingSink())]));
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
        Assert.All(_fetches, f => Assert.Equal((250_000, 250_000), (f.MaxBytes, f.Topics[0].Partitions[0].PartitionMaxBytes)));
    }

    private static FetchedPartition Data(byte[] records) => new() { Records = records, LastStableOffset = 1_000, HighWatermark = 1_000, AbortedTransactions = [] };

    private static FetchedPartition Nothing(long stable) => new() { Records = ReadOnlyMemory<byte>.Empty, LastStableOffset = stable, HighWatermark = stable };

    private static async Task<IReadOnlyList<FetchedRange>> FetchAsync(
        ScriptedBroker broker, IReadOnlyList<FetchAssignment> assignments, double giveUpAfter = 20, TimeProvider? time = null, RateLimit? limit = null,
        CancellationToken cancellation = default)
    {
        await using var cluster = new ClusterClient(broker.Options(giveUpAfter), time ?? TimeProvider.System, NullLogger<ClusterClient>.Instance);
        return await new FetchLane(cluster, limit, NullLogger<FetchLane>.Instance).RunAsync(assignments, cancellation).WaitAsync(Soon);
    }

    /// <summary>Two partitions of one topic, and what a fetch from an offset brings; null ends the connection.</summary>
    private ScriptedBroker Broker(Func<int, long, FetchedPartition?> fetch, long start = 0, long end = 1_000, int throttleMs = 0)
    {
        ScriptedBroker? broker = null;
        return broker = ScriptedBroker.Answering(request =>
        {
            switch (request)
            {
                case MetadataRequest:
                    Interlocked.Increment(ref _metadata);
                    return new MetadataResponse
                    {
                        Brokers = [new BrokerMetadata { NodeId = 1, Host = broker!.Address.Host, Port = broker.Address.Port }],
                        Topics = [new TopicMetadata { Name = "t", Partitions = [new PartitionMetadata { Partition = 0, LeaderId = 1 }, new PartitionMetadata { Partition = 1, LeaderId = 1 }] }],
                    };
                case ListOffsetsRequest list:
                    return new ListOffsetsResponse
                    {
                        Topics = [new ListedOffsetsTopic
                        {
                            Topic = "t",
                            Partitions = [.. list.Topics[0].Partitions.Select(p => new ListedOffsetsPartition
                            {
                                Partition = p.Partition,
                                Offset = p.Timestamp == ListOffsetsPartition.Earliest ? start : end,
                            })],
                        }],
                    };
                case FetchRequest f:
                    _fetches.Enqueue(f);
                    var fetched = new List<FetchedPartition>();
                    foreach (var partition in f.Topics.SelectMany(t => t.Partitions))
                    {
                        if (fetch(partition.Partition, partition.FetchOffset) is not { } answer)
                            return null;
                        fetched.Add(answer with { Partition = partition.Partition });
                    }

                    return new FetchResponse { ThrottleTimeMs = throttleMs, Topics = [new FetchedTopic { Topic = "t", Partitions = fetched }] };
                default:
                    return null;
            }
        });
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var deadline = DateTime.UtcNow + Soon;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, "it did not happen in time");
            await Task.Delay(5);
        }
    }

    private sealed class WaitingSink(Task until) : IFetchSink
    {
        public async ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<Protocol.Records.AbortedRange> aborted, CancellationToken cancellation) =>
            await until.WaitAsync(Soon, cancellation);
    }

    private sealed class FailingSink : IFetchSink
    {
        public ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<Protocol.Records.AbortedRange> aborted, CancellationToken cancellation) =>
            throw new IOException("the disk is full");
    }
}
