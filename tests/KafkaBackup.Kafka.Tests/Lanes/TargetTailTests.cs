using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Kafka.Tests.Connections;
using KafkaBackup.Protocol.Messages;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>What a target's log ends with is looked at before a restore goes on behind it.</summary>
public sealed class TargetTailTests
{
    private static readonly ProducerIdentity Identity = new(77, 2, 100, FirstRecord: 10);

    [Fact]
    public Task A_tail_of_our_own_is_gone_on_behind() => CheckAsync(Tail(112, 77, 2, 1), 13);

    [Fact]
    public Task What_was_there_when_the_identity_was_taken_is_not_looked_at_again() => CheckAsync(null, 10);

    [Theory]
    [InlineData(112, 78, 2, 1)] // another producer
    [InlineData(112, 77, 3, 1)] // another epoch of it
    [InlineData(112, 77, 2, 2)] // not in our order
    [InlineData(112, -1, -1, -1)] // a producer without an id
    [InlineData(113, 77, 2, 1)] // a batch that reaches over the end
    public Task Any_other_tail_is_a_foreign_writers(long lastOffset, long producerId, short epoch, int sequence) =>
        Assert.ThrowsAsync<ForeignWriterException>(() => CheckAsync(Tail(lastOffset, producerId, epoch, sequence), 13));

    [Fact]
    public Task A_log_that_has_no_such_batch_is_a_foreign_writers() => Assert.ThrowsAsync<ForeignWriterException>(() => CheckAsync([], 13));

    /// <summary>The tail that records 0 to 9 of another identity, then 10 to 12 of this one, would leave: offsets 111 and 112.</summary>
    public static byte[] Tail(long lastOffset, long producerId, short epoch, int sequence) =>
        Some.With(Some.Batch(lastOffset - 1, 2), header => header with { ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence });

    private static async Task CheckAsync(byte[]? tail, long found)
    {
        await using var broker = ScriptedBroker.Answering(request => request is FetchRequest fetch ? Answer(fetch, tail!) : null);
        await using var connection = await BrokerConnection.OpenAsync(broker.Address, broker.Options(20), TimeProvider.System, default);
        await TargetTail.CheckAsync(connection, new TopicPartition("t", 0), Identity, found, default).WaitAsync(TimeSpan.FromSeconds(20));
    }

    private static FetchResponse Answer(FetchRequest request, byte[] tail)
    {
        Assert.Equal(112, request.Topics.Single().Partitions.Single().FetchOffset);
        return new FetchResponse { Topics = [new FetchedTopic { Topic = "t", Partitions = [new FetchedPartition { Records = (ReadOnlyMemory<byte>)tail }] }] };
    }
}
