using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Broker.Tests.Raw;

/// <summary>Transactions in single steps.</summary>
public sealed class TransactionTests
{
    [Fact]
    public async Task The_last_stable_offset_is_the_first_of_the_oldest_open_transaction()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var first = await BeginAsync(client, "one");
        var second = await BeginAsync(client, "two");
        await client.ProduceAsync("t", Batches.Of(Batches.Plain, "p"));
        await client.ProduceAsync("t", Batches.Of(Batches.Transactional(first.Id, first.Epoch, 0), "a", "b"), "one");
        await client.ProduceAsync("t", Batches.Of(Batches.Transactional(second.Id, second.Epoch, 0), "c"), "two");
        Assert.Equal((1, 4), await StableAsync(client));
        await EndAsync(client, "one", first, commit: false);
        Assert.Equal((3, 5), await StableAsync(client));
        await EndAsync(client, "two", second, commit: true);
        Assert.Equal((6, 6), await StableAsync(client));

        var fetched = await client.FetchAsync("t", 0, IsolationLevel.ReadCommitted);
        Assert.Equal([(first.Id, 1L)], fetched.AbortedTransactions!.Select(a => (a.ProducerId, a.FirstOffset)));
        Assert.Null((await client.FetchAsync("t", 0)).AbortedTransactions);
        // An entry is told only to who reads what it covers.
        Assert.Empty((await client.FetchAsync("t", 5, IsolationLevel.ReadCommitted)).AbortedTransactions!);
    }

    [Fact]
    public async Task A_committed_read_ends_below_an_open_transaction()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var producer = await BeginAsync(client, "one");
        await client.ProduceAsync("t", Batches.Of(Batches.Plain, "p"));
        await client.ProduceAsync("t", Batches.Of(Batches.Transactional(producer.Id, producer.Epoch, 0), "a"), "one");
        await client.ProduceAsync("t", Batches.Of(Batches.Plain, "q"));
        Assert.Equal(["p"], Batches.Values(await client.FetchAsync("t", 0, IsolationLevel.ReadCommitted)));
        Assert.Equal(["p", "a", "q"], Batches.Values(await client.FetchAsync("t", 0)));
    }

    [Fact]
    public async Task A_last_stable_offset_may_lie_inside_a_batch()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var producer = await BeginAsync(client, "one");
        await client.ProduceAsync("t", Batches.Of(Batches.Transactional(producer.Id, producer.Epoch, 0), "a", "b", "c", "d", "e"), "one");
        await client.AskAsync(new DeleteRecordsRequest
        {
            Topics = [new DeleteRecordsTopic { Topic = "t", Partitions = [new DeleteRecordsPartition { Offset = 2 }] }],
        });
        Assert.Equal((2, 5), await StableAsync(client));
        Assert.Empty(Batches.Values(await client.FetchAsync("t", 2, IsolationLevel.ReadCommitted)));
    }

    [Fact]
    public async Task A_transaction_without_data_leaves_its_markers()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var producer = await BeginAsync(client, "one");
        await EndAsync(client, "one", producer, commit: false);
        Assert.Equal((1, 1), await StableAsync(client));
        Assert.Equal(34, new FileInfo(Path.Combine(broker.Folder, "t-0", $"{0:D20}.txnindex")).Length);
    }

    [Fact]
    public async Task Steps_of_another_epoch_or_producer_or_order_are_refused()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var old = await BeginAsync(client, "one");
        var now = await client.AskAsync(new InitProducerIdRequest { TransactionalId = "one", TransactionTimeoutMs = 10_000 });
        Assert.Equal(old.Id, now.ProducerId);
        Assert.True(now.ProducerEpoch > old.Epoch);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await EndAsync(client, "one", old, commit: true));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await EndAsync(client, "one", (old.Id + 99, old.Epoch), commit: true));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await EndAsync(client, "never", old, commit: true));
        Assert.Equal(ErrorCode.InvalidTxnState, await EndAsync(client, "one", (now.ProducerId, now.ProducerEpoch), commit: true));
        var late = await client.ProduceAsync("t", Batches.Of(Batches.Transactional(old.Id, old.Epoch, 0), "late"), "one");
        Assert.Equal(ErrorCode.InvalidProducerEpoch, late.ErrorCode);
        Assert.Equal(
            ErrorCode.InvalidTransactionTimeout,
            (await client.AskAsync(new InitProducerIdRequest { TransactionalId = "x", TransactionTimeoutMs = 900_001 })).ErrorCode);
    }

    [Fact]
    public async Task A_plain_batch_of_a_producer_with_an_open_transaction_is_refused()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var producer = await BeginAsync(client, "one");
        await client.ProduceAsync("t", Batches.Of(Batches.Transactional(producer.Id, producer.Epoch, 0), "a"), "one");
        var refused = await client.ProduceAsync("t", Batches.Of(Batches.Idempotent(producer.Id, producer.Epoch, 1), "b"));
        Assert.Equal(ErrorCode.InvalidTxnState, refused.ErrorCode);
    }

    [Fact]
    public async Task Offsets_of_an_open_transaction_make_those_of_the_group_unstable()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var producer = await BeginAsync(client, "one");
        await client.AskAsync(new AddOffsetsToTxnRequest { TransactionalId = "one", ProducerId = producer.Id, ProducerEpoch = producer.Epoch, GroupId = "g" });
        await client.AskAsync(new TxnOffsetCommitRequest
        {
            TransactionalId = "one",
            GroupId = "g",
            ProducerId = producer.Id,
            ProducerEpoch = producer.Epoch,
            Topics = [new TxnOffsetCommitTopic { Topic = "t", Partitions = [new TxnOffsetCommitPartition { Offset = 3, Metadata = "m" }] }],
        });
        Assert.Equal((ErrorCode.UnstableOffsetCommit, -1, ""), await CommittedAsync(client, requireStable: true));
        Assert.Equal((ErrorCode.None, -1, ""), await CommittedAsync(client, requireStable: false));
        await EndAsync(client, "one", producer, commit: true);
        Assert.Equal((ErrorCode.None, 3, "m"), await CommittedAsync(client, requireStable: true));
    }

    private static async Task<(ErrorCode Error, long Offset, string? Metadata)> CommittedAsync(RawClient client, bool requireStable)
    {
        var response = await client.AskAsync(new OffsetFetchRequest
        {
            GroupId = "g",
            RequireStable = requireStable,
            Topics = [new OffsetFetchTopic { Topic = "t", Partitions = [0] }],
        });
        var partition = response.Topics.Single().Partitions.Single();
        return (partition.ErrorCode, partition.Offset, partition.Metadata);
    }

    private static async Task<(long Id, short Epoch)> BeginAsync(RawClient client, string id)
    {
        var producer = await client.AskAsync(new InitProducerIdRequest { TransactionalId = id, TransactionTimeoutMs = 60_000 });
        var added = await client.AskAsync(new AddPartitionsToTxnRequest
        {
            TransactionalId = id,
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.ProducerEpoch,
            Topics = [new TxnTopic { Topic = "t", Partitions = [0] }],
        });
        Assert.Equal(ErrorCode.None, added.Topics.Single().Partitions.Single().ErrorCode);
        return (producer.ProducerId, producer.ProducerEpoch);
    }

    private static async Task<ErrorCode> EndAsync(RawClient client, string id, (long Id, short Epoch) producer, bool commit) =>
        (await client.AskAsync(new EndTxnRequest
        {
            TransactionalId = id,
            ProducerId = producer.Id,
            ProducerEpoch = producer.Epoch,
            Committed = commit,
        })).ErrorCode;

    private static async Task<(long Stable, long End)> StableAsync(RawClient client)
    {
        var fetched = await client.FetchAsync("t", await client.EndAsync("t"));
        var listed = await client.ListOffsetAsync("t", ListOffsetsPartition.Latest, IsolationLevel.ReadCommitted);
        Assert.Equal(fetched.LastStableOffset, listed.Offset);
        return (fetched.LastStableOffset, fetched.HighWatermark);
    }
}
