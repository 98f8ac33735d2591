using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Broker.Tests.Storage;

/// <summary>What compaction makes of transactions.</summary>
public sealed class CompactedTransactionTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task What_was_aborted_goes_and_supersedes_nothing_and_its_marker_goes_later()
    {
        var time = new ShiftedTime();
        await using var broker = CompactedTopic.Start(time, ("delete.retention.ms", $"{Hour.TotalMilliseconds}"));
        using var client = await broker.ConnectAsync();
        var (id, epoch) = await BeginAsync(client);
        await client.PutAsync(Batches.Transactional(id, epoch, 0), new Keyed("k", "committed"), new Keyed("l", "committed"));
        await EndAsync(client, id, epoch, committed: true);
        await AddAsync(client, id, epoch);
        await client.PutAsync(Batches.Transactional(id, epoch, 2), new Keyed("k", "aborted"), new Keyed("m", "aborted"));
        await EndAsync(client, id, epoch, committed: false);
        await client.PutAsync(new Keyed("n", "plain"));
        await client.RollAsync();
        broker.Server.ApplyCompaction();
        Assert.Equal(["committed", "committed", "plain"], (await client.RecordsAsync()).Select(r => r.Value));

        // The aborted batch is its producer's newest: it stays, emptied, and while a batch is there its marker and its entry in the index stay too.
        var batches = (await client.BatchesAsync()).Select(b => b.Header).ToList();
        Assert.Equal([(0, 2), (2, 1), (3, 0), (5, 1), (6, 1), (7, 1)], batches.Select(h => (h.BaseOffset, h.RecordCount)));
        Assert.DoesNotContain(batches, h => h.HasDeleteHorizon);
        Assert.Equal([3L], (await FetchCommittedAsync(client)).AbortedTransactions!.Select(a => a.FirstOffset));

        // Another batch of the producer is its newest now: the empty one goes, and with the next pass the marker becomes due.
        await AddAsync(client, id, epoch);
        await client.PutAsync(Batches.Transactional(id, epoch, 4), new Keyed("o", "committed"));
        await EndAsync(client, id, epoch, committed: true);
        await client.RollAsync("filler 2");
        broker.Server.ApplyCompaction();
        Assert.Equal([0, 2, 5, 6, 7, 8, 9, 10], (await client.BatchesAsync()).Select(b => b.Header.BaseOffset));
        await client.RollAsync("filler 3");
        broker.Server.ApplyCompaction();
        var marker = (await client.BatchesAsync()).Single(b => b.Header.BaseOffset == 5).Header;
        Assert.True(marker is { HasDeleteHorizon: true, IsControl: true, RecordCount: 1 });
        Assert.Empty((await FetchCommittedAsync(client)).AbortedTransactions!);
        time.Advance(Hour * 1.1);
        await client.RollAsync("filler 4");
        broker.Server.ApplyCompaction();
        Assert.DoesNotContain(await client.BatchesAsync(), b => b.Header.BaseOffset == 5);

        // The marker of what is still there stays.
        Assert.Contains(await client.BatchesAsync(), b => b.Header.BaseOffset == 2);
        await broker.RestartAsync();
        using var again = await broker.ConnectAsync();
        Assert.Equal(["committed", "committed", "plain", "committed"], (await again.RecordsAsync()).Select(r => r.Value));
    }

    [Fact]
    public async Task Nothing_is_taken_from_above_the_last_stable_offset()
    {
        await using var broker = CompactedTopic.Start(null);
        using var client = await broker.ConnectAsync();
        await client.PutAsync(new Keyed("k", "1"));
        await client.RollAsync();
        var (id, epoch) = await BeginAsync(client);
        await client.PutAsync(Batches.Transactional(id, epoch, 0), new Keyed("k", "open"));
        await client.RollAsync("filler 2");
        await client.PutAsync(new Keyed("k", "2"));
        await client.RollAsync("filler 3");
        broker.Server.ApplyCompaction();
        Assert.Equal(["1", "open", "2"], (await client.RecordsAsync()).Select(r => r.Value));
        await EndAsync(client, id, epoch, committed: false);
        await client.RollAsync("filler 4");
        broker.Server.ApplyCompaction();
        Assert.Equal(["2"], (await client.RecordsAsync()).Select(r => r.Value));
    }

    [Fact]
    public async Task A_transaction_whose_marker_lies_in_the_segment_that_is_written_to_is_known_to_be_aborted()
    {
        await using var broker = CompactedTopic.Start(null);
        using var client = await broker.ConnectAsync();
        await client.PutAsync(new Keyed("k", "1"));
        var (id, epoch) = await BeginAsync(client);
        await client.PutAsync(Batches.Transactional(id, epoch, 0), new Keyed("k", "aborted"));
        await client.RollAsync();
        await EndAsync(client, id, epoch, committed: false);
        broker.Server.ApplyCompaction();
        Assert.Equal(["1"], (await client.RecordsAsync()).Select(r => r.Value));
    }

    private static async Task<(long Id, short Epoch)> BeginAsync(RawClient client)
    {
        var given = await client.AskAsync(new InitProducerIdRequest { TransactionalId = "tx", TransactionTimeoutMs = 60_000 });
        await AddAsync(client, given.ProducerId, given.ProducerEpoch);
        return (given.ProducerId, given.ProducerEpoch);
    }

    private static async Task AddAsync(RawClient client, long id, short epoch)
    {
        var added = await client.AskAsync(new AddPartitionsToTxnRequest
        {
            TransactionalId = "tx",
            ProducerId = id,
            ProducerEpoch = epoch,
            Topics = [new TxnTopic { Topic = "t", Partitions = [0] }],
        });
        Assert.Equal(ErrorCode.None, added.Topics[0].Partitions[0].ErrorCode);
    }

    private static async Task EndAsync(RawClient client, long id, short epoch, bool committed) => Assert.Equal(
        ErrorCode.None, (await client.AskAsync(new EndTxnRequest { TransactionalId = "tx", ProducerId = id, ProducerEpoch = epoch, Committed = committed })).ErrorCode);

    private static Task<FetchedPartition> FetchCommittedAsync(RawClient client) => client.FetchAsync("t", 0, IsolationLevel.ReadCommitted);
}
