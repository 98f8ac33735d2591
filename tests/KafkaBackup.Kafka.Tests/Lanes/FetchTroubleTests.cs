using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>What the fetch lane makes of errors, of damage and of silence.</summary>
public sealed class FetchTroubleTests : ScriptedFetches
{
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
        Assert.Equal(2, MetadataRequests); // the leaders were asked for again
        Assert.DoesNotContain(Fetches.Skip(1), f => f.Topics[0].Partitions.Any(p => p.Partition == 1 && p.FetchOffset == 0));
    }

    [Fact]
    public async Task An_error_that_does_not_pass_ends_the_lane()
    {
        await using var broker = Broker((_, _) => new FetchedPartition { ErrorCode = ErrorCode.TopicAuthorizationFailed });
        var error = await Assert.ThrowsAsync<BrokerErrorException>(() => FetchAsync(broker, [new MemorySink().Assign(First, 0, 5)]));
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, error.Code);
        Assert.Contains("t-0", error.Message);
        Assert.Single(Fetches);
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
        await using var broker = Broker((_, _) => Data(Fetches.Count < 3 ? damaged : Some.Batch(0, 5)));
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
        Assert.Equal(3, Fetches.Count);
    }

    [Fact]
    public async Task A_lost_connection_is_ridden_out_and_nothing_comes_twice()
    {
        await using var broker = Broker((_, offset) => Fetches.Count is 1 or 3 ? null : Data(Some.Batch(offset, 5)));
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

    private sealed class FailingSink : IFetchSink
    {
        public ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<Protocol.Records.AbortedRange> aborted, CancellationToken cancellation) =>
            throw new IOException("the disk is full");
    }
}
