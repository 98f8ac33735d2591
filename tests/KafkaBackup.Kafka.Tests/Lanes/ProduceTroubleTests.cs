using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>What the produce lane makes of errors, of lost connections and of a log that is not as it left it.</summary>
public sealed class ProduceTroubleTests : ScriptedProduces
{
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
        Assert.Empty(Produced);
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
        Assert.Single(Produced);
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
        Assert.Equal(2, Opened);
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
        Assert.Single(Produced);
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
