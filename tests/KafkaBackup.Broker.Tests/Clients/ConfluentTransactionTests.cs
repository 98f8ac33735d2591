using System.Text;
using Confluent.Kafka;
using Xunit;

namespace KafkaBackup.Broker.Tests.Clients;

/// <summary>Confluent.Kafka's transactional producer and what its consumers see.</summary>
public sealed class ConfluentTransactionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task What_was_committed_is_read_and_what_was_aborted_is_not()
    {
        await using var broker = TestBroker.Start("t:2");
        using (var producer = broker.Producer(c => c.TransactionalId = "tx"))
        {
            producer.InitTransactions(Limit);
            for (var round = 0; round < 6; round++)
            {
                producer.BeginTransaction();
                for (var i = 0; i < 5; i++)
                    producer.Produce(new TopicPartition("t", i % 2), Value($"{round}.{i}"));
                Assert.Equal(0, producer.Flush(Limit));
                if (round % 2 == 0)
                    producer.CommitTransaction(Limit);
                else
                    producer.AbortTransaction(Limit);
            }
        }

        var committed = Read(broker, IsolationLevel.ReadCommitted, 2);
        Assert.Equal(["0", "2", "4"], committed.Select(v => v[..1]).Distinct().Order());
        Assert.Equal(15, committed.Count);
        Assert.Equal(30, Read(broker, IsolationLevel.ReadUncommitted, 2).Count);
        Assert.True(new FileInfo(Path.Combine(broker.Folder, "t-0", $"{0:D20}.txnindex")).Length == 3 * 34);
    }

    [Fact]
    public async Task An_open_transaction_holds_the_last_stable_offset_until_its_time_is_over()
    {
        await using var broker = TestBroker.Start("t");
        using var producer = broker.Producer(c =>
        {
            c.TransactionalId = "tx";
            c.TransactionTimeoutMs = 1500;
        });
        producer.InitTransactions(Limit);
        producer.BeginTransaction();
        await producer.ProduceAsync("t", Value("open"));
        using (var plain = broker.Producer())
            await plain.ProduceAsync("t", Value("after"));
        Assert.Empty(Read(broker, IsolationLevel.ReadCommitted, 1));
        Assert.Equal(["open", "after"], Read(broker, IsolationLevel.ReadUncommitted, 1));
        await Eventually.TrueAsync(() => Task.FromResult(Read(broker, IsolationLevel.ReadCommitted, 1) is ["after"]), "the transaction is aborted");
        Assert.Throws<KafkaException>(() => producer.CommitTransaction(Limit));
    }

    [Fact]
    public async Task A_second_producer_of_the_same_id_fences_the_first()
    {
        await using var broker = TestBroker.Start("t");
        using var first = broker.Producer(c => c.TransactionalId = "tx");
        first.InitTransactions(Limit);
        first.BeginTransaction();
        await first.ProduceAsync("t", Value("lost"));
        using var second = broker.Producer(c => c.TransactionalId = "tx");
        second.InitTransactions(Limit);
        second.BeginTransaction();
        await second.ProduceAsync("t", Value("kept"));
        second.CommitTransaction(Limit);
        var fenced = Assert.ThrowsAny<KafkaException>(() => first.CommitTransaction(Limit));
        Assert.True(fenced.Error.IsFatal, fenced.Error.ToString());
        Assert.Equal(["kept"], Read(broker, IsolationLevel.ReadCommitted, 1));
    }

    [Fact]
    public async Task Offsets_are_committed_with_the_transaction_or_not_at_all()
    {
        await using var broker = TestBroker.Start("in", "out");
        using var producer = broker.Producer(c => c.TransactionalId = "tx");
        using var consumer = broker.Consumer(c => c.GroupId = "g");
        using var admin = broker.Admin();
        consumer.Subscribe("in");
        using (var plain = broker.Producer())
            await plain.ProduceAsync("in", Value("a"));
        await Eventually.TrueAsync(() => Task.FromResult(consumer.Consume(TimeSpan.FromMilliseconds(100)) is { IsPartitionEOF: false }), "a record");
        producer.InitTransactions(Limit);
        foreach (var commit in new[] { false, true })
        {
            producer.BeginTransaction();
            await producer.ProduceAsync("out", Value("b"));
            producer.SendOffsetsToTransaction([new TopicPartitionOffset("in", 0, 1)], consumer.ConsumerGroupMetadata, Limit);
            if (commit)
                producer.CommitTransaction(Limit);
            else
                producer.AbortTransaction(Limit);
            var listed = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions("g", [new TopicPartition("in", 0)])]);
            Assert.Equal(commit ? new Offset(1) : Offset.Unset, listed.Single().Partitions.Single().Offset);
        }

        Assert.Equal(["b"], Read(broker, IsolationLevel.ReadCommitted, 1, "out"));
    }

    [Fact]
    public async Task An_open_transaction_survives_a_restart()
    {
        await using var broker = TestBroker.Start("t");
        using var producer = broker.Producer(c => c.TransactionalId = "tx");
        producer.InitTransactions(Limit);
        producer.BeginTransaction();
        await producer.ProduceAsync("t", Value("a"));
        await broker.RestartAsync();
        // The port is another one after the restart: the broker's own view is asked.
        Assert.Empty(Read(broker, IsolationLevel.ReadCommitted, 1));
        using var next = broker.Producer(c => c.TransactionalId = "tx");
        next.InitTransactions(Limit);
        next.BeginTransaction();
        await next.ProduceAsync("t", Value("b"));
        next.CommitTransaction(Limit);
        Assert.Equal(["b"], Read(broker, IsolationLevel.ReadCommitted, 1));
    }

    private static Message<byte[]?, byte[]?> Value(string text) => new() { Value = Encoding.UTF8.GetBytes(text) };

    private static List<string> Read(TestBroker broker, IsolationLevel isolation, int partitions, string topic = "t")
    {
        using var consumer = broker.Consumer(c => c.IsolationLevel = isolation);
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        var values = new List<string>();
        for (var ends = 0; ends < partitions;)
        {
            var result = consumer.Consume(Limit) ?? throw new TimeoutException("no end of partition");
            if (result.IsPartitionEOF)
                ends++;
            else
                values.Add(Encoding.UTF8.GetString(result.Message.Value!));
        }

        return values;
    }
}
