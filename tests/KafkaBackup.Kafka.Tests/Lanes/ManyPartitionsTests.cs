using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>Many partitions and brokers: none waits for another's trouble, none is forgotten, and memory is shared.</summary>
public sealed class ManyPartitionsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task All_that_a_broker_leads_is_read_over_one_connection_and_asked_for_together()
    {
        await using var log = new ScriptedLog(brokers: 3, partitions: 12);
        var sinks = Enumerable.Range(0, 12).Select(_ => new MemorySink()).ToList();
        await log.ReadAsync([.. sinks.Select((s, p) => s.Assign(ScriptedLog.Partition(p), 0, 100))]);
        Assert.All(sinks, s => Assert.Equal(log.Log(100), s.Bytes));
        // One for the lane each, and one on the first for short exchanges.
        Assert.Equal([2, 1, 1], log.Brokers.Select(b => b.Connections));
        Assert.All(log.Fetches.GroupBy(f => f.Broker), f => Assert.Equal(4, f.First().Request.Topics.Sum(t => t.Partitions.Count)));
    }

    [Fact]
    public async Task One_partitions_trouble_leaves_the_others_on_their_connection()
    {
        await using var log = new ScriptedLog(brokers: 1, partitions: 4);
        var (troubles, others) = (0, 0);
        log.Instead = (p, _) =>
        {
            if (p != 2)
                others++;
            return p == 2 && troubles++ < 3 ? new FetchedPartition { ErrorCode = ErrorCode.NotLeaderOrFollower } : null;
        };
        var sinks = Enumerable.Range(0, 4).Select(_ => new MemorySink()).ToList();
        await log.ReadAsync([.. sinks.Select((s, p) => s.Assign(ScriptedLog.Partition(p), 0, p == 2 ? 50 : 3_000))], properties: [("fetch.max.bytes", "4000"), ("retry.backoff.max.ms", "1")]);
        Assert.All(sinks, s => Assert.Equal(log.Log(s == sinks[2] ? 50 : 3_000), s.Bytes));
        Assert.True(troubles > 3);
        Assert.Equal(2, log.Brokers[0].Connections); // one for the lane, one for short exchanges
    }

    [Fact]
    public async Task A_partition_that_stands_still_is_given_up_by_name_while_the_others_go_on()
    {
        await using var log = new ScriptedLog(brokers: 1, partitions: 3);
        log.Instead = (p, _) => p == 1 ? new FetchedPartition { Records = ReadOnlyMemory<byte>.Empty, LastStableOffset = 3 } : null;
        var sinks = Enumerable.Range(0, 3).Select(_ => new SlowSink()).ToList();
        var stalled = await Assert.ThrowsAsync<FetchStalledException>(() => log.ReadAsync(
            [.. sinks.Select((s, p) => new FetchAssignment(ScriptedLog.Partition(p), 0, 1_000_000_000, s))], giveUpAfter: 0.3, properties: [("fetch.max.bytes", "4000")]));
        Assert.Contains("t-1 brings nothing from offset 0", stalled.Message);
        Assert.True(sinks[0].Appends > 3 && sinks[2].Appends > 3);
    }

    [Fact]
    public async Task A_partition_that_keeps_failing_is_given_up_with_its_own_error()
    {
        await using var log = new ScriptedLog(brokers: 1, partitions: 2);
        log.Instead = (p, _) => p == 1 ? new FetchedPartition { ErrorCode = ErrorCode.KafkaStorageError } : null;
        var error = await Assert.ThrowsAsync<BrokerErrorException>(() => log.ReadAsync(
            [.. Enumerable.Range(0, 2).Select(p => new FetchAssignment(ScriptedLog.Partition(p), 0, 1_000_000_000, new SlowSink()))], giveUpAfter: 0.3, properties: [("fetch.max.bytes", "4000")]));
        Assert.Equal(ErrorCode.KafkaStorageError, error.Code);
        Assert.Contains("t-1", error.Message);
    }

    [Fact]
    public async Task Partitions_come_forward_together_however_little_an_answer_holds()
    {
        const int Partitions = 8;
        const int Each = 60 * ScriptedLog.PerBatch;
        await using var log = new ScriptedLog(brokers: 1, partitions: Partitions);
        var progress = new long[Partitions];
        var furthest = 0L;
        var sinks = Enumerable.Range(0, Partitions).Select(p => new CountingSink(offset =>
        {
            progress[p] = offset;
            var behind = progress.Min();
            furthest = Math.Max(furthest, progress.Max() - behind);
        })).ToList();
        await log.ReadAsync([.. sinks.Select((s, p) => new FetchAssignment(ScriptedLog.Partition(p), 0, Each, s))],
            properties: [("fetch.max.bytes", $"{3 * log.BatchBytes}"), ("max.partition.fetch.bytes", $"{2 * log.BatchBytes}")]);
        // An answer brings two batches of one and one of another: nobody is ever more than two turns ahead.
        Assert.InRange(furthest, 1, 4 * ScriptedLog.PerBatch);
    }

    [Fact]
    public async Task A_slow_store_holds_the_broker_back_with_one_answer_written_and_one_on_its_way()
    {
        await using var log = new ScriptedLog(brokers: 1, partitions: 4);
        var release = new TaskCompletionSource();
        var sink = new BlockedSink(release.Task);
        var run = log.ReadAsync([.. Enumerable.Range(0, 4).Select(p => new FetchAssignment(ScriptedLog.Partition(p), 0, 400, sink))], properties: [("fetch.max.bytes", "4000")]);
        await sink.Entered.WaitAsync(Soon);
        await Eventually.HoldsAsync(() => log.Fetches.Count == 2);
        await Task.Delay(100); // a third would have come by now
        Assert.Equal(2, log.Fetches.Count);
        release.SetResult();
        await run;
    }

    [Fact]
    public async Task Brokers_share_what_a_lane_may_hold()
    {
        await using var log = new ScriptedLog(brokers: 4, partitions: 8);
        await log.ReadAsync([.. Enumerable.Range(0, 8).Select(p => new MemorySink().Assign(ScriptedLog.Partition(p), 0, 50))], properties: [("queued.max.messages.kbytes", "16384")]);
        Assert.All(log.Fetches.GroupBy(f => f.Broker).Select(f => f.First().Request), f => Assert.Equal(2 << 20, f.MaxBytes));
    }

    [Fact]
    public async Task A_batch_larger_than_the_fetch_size_comes_whole()
    {
        await using var log = new ScriptedLog(brokers: 1, partitions: 2, valueSize: 20_000);
        var sinks = Enumerable.Range(0, 2).Select(_ => new MemorySink()).ToList();
        await log.ReadAsync([.. sinks.Select((s, p) => s.Assign(ScriptedLog.Partition(p), 0, 25))], properties: [("fetch.max.bytes", "1000"), ("max.partition.fetch.bytes", "1000")]);
        Assert.All(sinks, s => Assert.Equal(log.Log(25), s.Bytes));
    }

    [Fact]
    public async Task A_broker_that_is_gone_is_reported_when_patience_ends_and_those_of_the_others_are_kept()
    {
        await using var log = new ScriptedLog(brokers: 2, partitions: 2);
        await log.Brokers[1].DisposeAsync();
        var sink = new MemorySink();
        var lost = await Assert.ThrowsAsync<BrokerConnectionException>(() => log.ReadAsync([sink.Assign(ScriptedLog.Partition(0), 0, 50), new MemorySink().Assign(ScriptedLog.Partition(1), 0, 50)], giveUpAfter: 0.5));
        Assert.Contains(log.Brokers[1].Address.ToString(), lost.Message);
        Assert.Equal(log.Log(50), sink.Bytes);
    }

    private sealed class SlowSink : IFetchSink
    {
        public int Appends { get; private set; }

        public async ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<AbortedRange> aborted, CancellationToken cancellation)
        {
            Appends++;
            await Task.Delay(1, cancellation);
        }
    }

    private sealed class CountingSink(Action<long> reached) : IFetchSink
    {
        public ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<AbortedRange> aborted, CancellationToken cancellation)
        {
            reached(Some.Batches(batches).Last().Header.NextOffset);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class BlockedSink(Task release) : IFetchSink
    {
        private readonly TaskCompletionSource _entered = new();

        public Task Entered => _entered.Task;

        public async ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<AbortedRange> aborted, CancellationToken cancellation)
        {
            _entered.TrySetResult();
            await release.WaitAsync(cancellation);
        }
    }
}
