using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Broker.Tests.Raw;

/// <summary>Sequence numbers: a repetition is answered, not appended; a gap is refused.</summary>
public sealed class IdempotenceTests
{
    [Fact]
    public async Task A_repeated_batch_is_answered_with_its_first_offset()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        for (var i = 0; i < 5; i++)
            Assert.Equal(2 * i, (await AppendAsync(client, 2 * i, "a", "b")).BaseOffset);
        for (var i = 0; i < 5; i++)
            Assert.Equal((ErrorCode.None, 2 * i), Outcome(await AppendAsync(client, 2 * i, "a", "b")));
        Assert.Equal(10, await client.EndAsync("t"));
    }

    [Fact]
    public async Task The_same_records_in_another_grouping_are_out_of_order()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        await AppendAsync(client, 0, "a", "b");
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1), Outcome(await AppendAsync(client, 0, "a")));
        Assert.Equal(2, await client.EndAsync("t"));
    }

    [Fact]
    public async Task A_gap_is_out_of_order_and_so_is_a_repetition_older_than_five_batches()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        for (var i = 0; i < 6; i++)
            await AppendAsync(client, i, "a");
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await AppendAsync(client, 7, "a")).ErrorCode);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await AppendAsync(client, 0, "a")).ErrorCode);
        Assert.Equal((ErrorCode.None, 1), Outcome(await AppendAsync(client, 1, "a")));
    }

    [Fact]
    public async Task An_unknown_producer_has_to_begin_at_zero()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.UnknownProducerId, (await AppendAsync(client, 3, "a")).ErrorCode);
        Assert.Equal(ErrorCode.None, (await AppendAsync(client, 0, "a")).ErrorCode);
    }

    [Fact]
    public async Task A_lower_epoch_is_fenced_and_a_higher_one_begins_at_zero()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        await client.ProduceAsync("t", Batches.Of(Batches.Idempotent(7, 3, 0), "a"));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, (await client.ProduceAsync("t", Batches.Of(Batches.Idempotent(7, 2, 1), "a"))).ErrorCode);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await client.ProduceAsync("t", Batches.Of(Batches.Idempotent(7, 4, 1), "a"))).ErrorCode);
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", Batches.Of(Batches.Idempotent(7, 4, 0), "a"))).ErrorCode);
    }

    [Fact]
    public async Task Sequence_numbers_begin_again_after_the_largest()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        // A batch whose sequence is near the end can only come first in a new log: the scan at start takes it as it lies.
        await broker.RestartAsync(() =>
        {
            var batch = Batches.Of(Batches.Idempotent(7, 0, int.MaxValue - 1), "a", "b", "c");
            File.WriteAllBytes(Path.Combine(broker.Folder, "t-0", $"{0:D20}.log"), batch);
        });
        using var again = await broker.ConnectAsync();
        Assert.Equal((ErrorCode.None, 3), Outcome(await again.ProduceAsync("t", Batches.Of(Batches.Idempotent(7, 0, 1), "d"))));
    }

    [Fact]
    public async Task What_a_producer_has_sent_is_known_after_a_restart()
    {
        await using var broker = TestBroker.Start("t");
        using (var client = await broker.ConnectAsync())
        {
            for (var i = 0; i < 6; i++)
                await AppendAsync(client, i, "a");
        }

        await broker.RestartAsync();
        using var again = await broker.ConnectAsync();
        Assert.Equal((ErrorCode.None, 4), Outcome(await AppendAsync(again, 4, "a")));
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1), Outcome(await AppendAsync(again, 8, "a")));
        Assert.Equal((ErrorCode.None, 6), Outcome(await AppendAsync(again, 6, "a")));
    }

    [Fact]
    public async Task A_producer_id_is_given_out_once_also_across_restarts()
    {
        await using var broker = TestBroker.Start("t");
        var given = new HashSet<long>();
        for (var restart = 0; restart < 3; restart++)
        {
            using (var client = await broker.ConnectAsync())
            {
                for (var i = 0; i < 3; i++)
                    Assert.True(given.Add((await client.AskAsync(new InitProducerIdRequest())).ProducerId));
            }

            await broker.RestartAsync();
        }
    }

    private static Task<ProducedPartition> AppendAsync(RawClient client, int sequence, params string[] values) =>
        client.ProduceAsync("t", Batches.Of(Batches.Idempotent(7, 0, sequence), values));

    private static (ErrorCode Error, long Offset) Outcome(ProducedPartition produced) => (produced.ErrorCode, produced.BaseOffset);
}
