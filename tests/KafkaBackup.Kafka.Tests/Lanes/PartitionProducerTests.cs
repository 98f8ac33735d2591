using System.Collections.Concurrent;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Kafka.Tests.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>The produce lane against a broker that says what a test wants it to say.</summary>
public sealed class PartitionProducerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly TopicPartition Target = new("t", 0);
    private static readonly ProducerIdentity Identity = new(77, 2, 100);

    /// <summary>Every batch goes as it lies.</summary>
    private static readonly TransformPolicy Verbatim = new(1 << 20, CoalesceBelow: 0);

    private readonly ConcurrentQueue<ProduceRequest> _produced = new();
    private readonly ConcurrentQueue<Acknowledgement> _acknowledged = new();
    private int _opened;

    [Fact]
    public async Task Each_batch_is_sent_alone_under_our_name_and_its_offset_is_asserted()
    {
        await using var broker = Broker(100, n => Acknowledge(100 + (n * 2)));
        var range = await ProduceAsync(broker, Batches(3));
        Assert.Equal((6, 0, 106), (range.RecordsSent, range.RecordsFound, range.Map.TargetEnd));
        Assert.Equal([new OffsetRun(50, 100, 6)], range.Map.Runs);
        Assert.Equal([0L, 2, 4, 6], _acknowledged.Select(a => a.Records));
        Assert.Equal(range.Bytes, _acknowledged.Sum(a => a.Bytes));
        Assert.Equal(range.Bytes, _produced.Sum(p => p.Topics[0].Partitions[0].Records!.Value.Length));
        var sequence = 0;
        foreach (var request in _produced)
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
        Assert.Equal(4, Some.Take(Assert.Single(_produced).Topics[0].Partitions[0].Records!.Value).Header.BaseSequence);
        Assert.Equal([new OffsetRun(50, 100, 6)], range.Map.Runs);
    }

    [Fact]
    public async Task Where_all_is_there_nothing_is_sent()
    {
        await using var broker = Broker(106, _ => null);
        var range = await ProduceAsync(broker, Batches(3));
        Assert.Equal((0, 6, 0), (range.RecordsSent, range.RecordsFound, range.Bytes));
        Assert.Equal([new Acknowledgement(6, 0)], _acknowledged);
    }

    [Theory]
    [InlineData(107)] // more than is restored
    [InlineData(103)] // inside a batch
    [InlineData(99)] // before the restore began
    public async Task An_end_that_the_restore_can_not_have_made_is_another_writers(long end)
    {
        await using var broker = Broker(end, _ => null);
        var error = await Assert.ThrowsAsync<ForeignWriterException>(() => ProduceAsync(broker, Batches(3)));
        Assert.Contains("t-0", error.Message);
        Assert.False(error.IsTransient);
        Assert.Empty(_produced);
    }

    [Fact]
    public async Task Another_offset_than_assigned_is_another_writers()
    {
        await using var broker = Broker(100, _ => Acknowledge(101));
        var error = await Assert.ThrowsAsync<ForeignWriterException>(() => ProduceAsync(broker, Batches(1)));
        Assert.Contains("got offset 101, not 100", error.Message);
    }

    [Fact]
    public async Task A_forgotten_producer_id_is_told_apart_and_not_tried_again()
    {
        await using var broker = Broker(100, _ => Acknowledge(-1, ErrorCode.UnknownProducerId));
        await Assert.ThrowsAsync<ForgottenProducerException>(() => ProduceAsync(broker, Batches(1)));
        Assert.Single(_produced);
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
                    _produced.Enqueue(produce);
                    waiting.Enqueue(header);
                    if (_produced.Count == 5)
                        fifth.SetResult();
                }
                else
                {
                    await peer.AnswerAsync(header, Describe(broker!, request, 100)!);
                }
            }
        });
        var run = ProduceAsync(broker, Batches(8));
        await fifth.Task.WaitAsync(Soon);
        await Task.Delay(100); // a sixth would have come by now
        Assert.Equal(5, _produced.Count);
        release.SetResult();
        Assert.Equal(16, (await run).RecordsSent);
    }

    [Theory]
    [InlineData(ErrorCode.NotLeaderOrFollower)]
    [InlineData(ErrorCode.OutOfOrderSequenceNumber)]
    [InlineData(ErrorCode.DuplicateSequenceNumber)]
    [InlineData(ErrorCode.NotEnoughReplicas)]
    [InlineData(ErrorCode.OffsetOutOfRange)] // of the look at the log's tail, at a leader that has not heard yet
    public async Task An_error_that_may_pass_is_ridden_out_from_what_the_log_holds(ErrorCode code)
    {
        var log = new TargetLog();
        await using var broker = Broker(() => log.End, n => n == 1 ? Acknowledge(-1, code) : log.Append(Last));
        var range = await ProduceAsync(broker, Batches(3));
        Assert.Equal((4, 2, 106), (range.RecordsSent, range.RecordsFound, log.End));
        Assert.Equal(2, _opened);
    }

    [Theory]
    [InlineData(ErrorCode.MessageTooLarge)]
    [InlineData(ErrorCode.InvalidTimestamp)]
    public async Task An_error_that_does_not_pass_ends_it_with_what_the_broker_says(ErrorCode code)
    {
        await using var broker = Broker(100, _ => Acknowledge(-1, code, "because"));
        var error = await Assert.ThrowsAsync<BrokerErrorException>(() => ProduceAsync(broker, Batches(1)));
        Assert.Equal(code, error.Code);
        Assert.Contains("because", error.Message);
        Assert.Single(_produced);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_connection_is_ridden_out_from_what_the_log_holds(bool appended)
    {
        var log = new TargetLog();
        await using var broker = Broker(() => log.End, n =>
        {
            if (n != 1)
                return log.Append(Last);
            if (appended)
                log.Append(Last);
            return null;
        });
        var range = await ProduceAsync(broker, Batches(4));
        var found = appended ? 4 : 2;
        Assert.Equal((8 - found, found, 108, 108), (range.RecordsSent, range.RecordsFound, range.Map.TargetEnd, log.End));
    }

    [Fact]
    public async Task A_request_of_the_attempt_before_that_lands_late_is_answered_as_its_repetition()
    {
        // The end is read before the late request lands: what is sent then is what has landed.
        var log = new TargetLog();
        var end = 100L;
        await using var broker = Broker(() => end, n =>
        {
            if (n == 0)
                log.Append(Last);
            return log.Append(Last);
        });
        var range = await ProduceAsync(broker, Batches(3));
        Assert.Equal((6, 106), (range.RecordsSent, log.End));
    }

    [Fact]
    public async Task A_sequence_that_the_broker_never_expects_is_given_up_with_its_error()
    {
        await using var broker = Broker(100, _ => Acknowledge(-1, ErrorCode.OutOfOrderSequenceNumber));
        var error = await Assert.ThrowsAsync<BrokerErrorException>(() => ProduceAsync(broker, Batches(1), giveUpAfter: 0.2));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, error.Code);
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
        Assert.InRange(_produced.Count, 1, 6);
    }

    [Fact]
    public async Task A_limited_lane_pays_before_it_sends()
    {
        var time = new FakeTimeProvider();
        await using var broker = Broker(100, n => Acknowledge(100 + (2 * n)));
        await using var cluster = Cluster(broker);
        var size = Batches(1)[0].Length;
        var run = new PartitionProducer(cluster, new RateLimit(size, time), NullLogger<PartitionProducer>.Instance).RunAsync(
            Target, Identity, Verbatim, () => Stored(Batches(2)), _acknowledged.Enqueue, default);
        await Task.Delay(100); // the clock stands still: nothing is paid for
        Assert.Empty(_produced);
        while (!run.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }

        Assert.Equal(4, (await run.WaitAsync(Soon)).RecordsSent);
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
        Assert.Equal((12L, (short)0), await ProducerIds.NewAsync(cluster, default).WaitAsync(Soon));
        Assert.Null(asked!.TransactionalId);
        Assert.Equal(2, attempts);
    }

    private static List<byte[]> Batches(int count) => [.. Enumerable.Range(0, count).Select(i => Some.Batch(50 + (2 * i), 2))];

    private static ProduceResponse Acknowledge(long offset, ErrorCode code = ErrorCode.None, string? message = null) => new()
    {
        Topics = [new ProducedTopic { Topic = "t", Partitions = [new ProducedPartition { BaseOffset = offset, ErrorCode = code, ErrorMessage = message }] }],
    };

    private static ClusterClient Cluster(ScriptedBroker broker, double giveUpAfter = 20) => new(broker.Options(giveUpAfter), TimeProvider.System, NullLogger<ClusterClient>.Instance);

    private static Response? Describe(ScriptedBroker broker, Request request, long end) => request switch
    {
        MetadataRequest => new MetadataResponse
        {
            Brokers = [new BrokerMetadata { NodeId = 1, Host = broker.Address.Host, Port = broker.Address.Port }],
            Topics = [new TopicMetadata { Name = "t", Partitions = [new PartitionMetadata { Partition = 0, LeaderId = 1 }] }],
        },
        ListOffsetsRequest list => new ListOffsetsResponse
        {
            Topics = [new ListedOffsetsTopic
            {
                Topic = "t",
                Partitions = [new ListedOffsetsPartition { Offset = list.Topics[0].Partitions[0].Timestamp == ListOffsetsPartition.Earliest ? 0 : end }],
            }],
        },
        // The tail of a log that the restore itself has written so far.
        FetchRequest fetch when fetch.Topics[0].Partitions[0].FetchOffset is var last => new FetchResponse
        {
            Topics = [new FetchedTopic { Topic = "t", Partitions = [new FetchedPartition { Records = (ReadOnlyMemory<byte>)TargetTailTests.Tail(last, 77, 2, (int)(last - 101)) }] }],
        },
        _ => null,
    };

    private BatchHeader Last => Some.Take(_produced.Last().Topics[0].Partitions[0].Records!.Value).Header;

    private async Task<ProducedRange> ProduceAsync(
        ScriptedBroker broker, List<byte[]> batches, double giveUpAfter = 20, CancellationToken cancellation = default)
    {
        await using var cluster = Cluster(broker, giveUpAfter);
        return await new PartitionProducer(cluster, null, NullLogger<PartitionProducer>.Instance)
            .RunAsync(Target, Identity, Verbatim, () => Stored(batches), _acknowledged.Enqueue, cancellation).WaitAsync(Soon);
    }

    private async IAsyncEnumerable<SourceBatch> Stored(List<byte[]> batches)
    {
        await Task.CompletedTask;
        Interlocked.Increment(ref _opened);
        foreach (var batch in batches)
            yield return new SourceBatch(Some.Take(batch), 0, long.MaxValue, []);
    }

    private ScriptedBroker Broker(long end, Func<int, ProduceResponse?> produce) => Broker(() => end, produce);

    private ScriptedBroker Broker(Func<long> end, Func<int, ProduceResponse?> produce)
    {
        var requests = -1;
        ScriptedBroker? broker = null;
        return broker = ScriptedBroker.Answering(request =>
        {
            if (request is not ProduceRequest produced)
                return Describe(broker!, request, end());
            _produced.Enqueue(produced);
            return produce(Interlocked.Increment(ref requests));
        });
    }

    /// <summary>A log that is extended in sequence from offset 100 on, and knows a repetition.</summary>
    private sealed class TargetLog
    {
        public long End { get; private set; } = 100;

        public ProduceResponse Append(BatchHeader batch)
        {
            var offset = 100L + batch.BaseSequence;
            if (offset > End)
                return Acknowledge(-1, ErrorCode.OutOfOrderSequenceNumber);
            End = Math.Max(End, offset + batch.RecordCount);
            return Acknowledge(offset);
        }
    }
}
