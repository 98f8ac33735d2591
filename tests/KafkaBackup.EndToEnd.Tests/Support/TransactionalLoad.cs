using System.Text;
using Confluent.Kafka;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>Transactional producers of Confluent.Kafka whose transactions interleave at random, are committed or aborted, or stay open.</summary>
internal sealed class TransactionalLoad : IDisposable
{
    private const int Producers = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<IProducer<byte[]?, byte[]?>> _producers = [];
    private readonly HashSet<int> _open = [];
    private readonly TopicPartition[] _partitions;
    private readonly Random _random;
    private int _records;

    public TransactionalLoad(string broker, TopicPartition[] partitions, Random random)
    {
        _partitions = partitions;
        _random = random;
        for (var i = 0; i < Producers; i++)
        {
            var producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig
            {
                BootstrapServers = broker, TransactionalId = $"load-{i}", LingerMs = 0, BatchNumMessages = 1 + _random.Next(6),
                TransactionTimeoutMs = (int)TimeSpan.FromMinutes(5).TotalMilliseconds,
            }).SetLogHandler((_, _) => { }).Build();
            producer.InitTransactions(Patience);
            _producers.Add(producer);
        }
    }

    public int Committed { get; private set; }

    public int Aborted { get; private set; }

    /// <summary>Takes so many steps: a producer begins, writes to some partitions, commits or aborts.</summary>
    public void Step(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            var i = _random.Next(Producers);
            if (_open.Add(i))
                _producers[i].BeginTransaction();
            Write(i, 1 + _random.Next(8));
            if (_random.Next(3) > 0)
                End(i, commit: _random.Next(2) == 0);
        }
    }

    /// <summary>Ends what is open, but for one transaction that has records in every partition.</summary>
    public void EndAllButOne()
    {
        foreach (var i in _open.ToList())
            End(i, commit: _random.Next(2) == 0);
        _open.Add(0);
        _producers[0].BeginTransaction();
        foreach (var partition in _partitions)
            Send(0, partition);
        _producers[0].Flush(Patience);
    }

    /// <summary>Ends what is open.</summary>
    public void EndAll(bool commit)
    {
        foreach (var i in _open.ToList())
            End(i, commit);
    }

    public void Dispose() => _producers.ForEach(p => p.Dispose());

    private void End(int i, bool commit)
    {
        _open.Remove(i);
        if (commit)
            _producers[i].CommitTransaction(Patience);
        else
            _producers[i].AbortTransaction(Patience);
        (Committed, Aborted) = commit ? (Committed + 1, Aborted) : (Committed, Aborted + 1);
    }

    private void Write(int i, int count)
    {
        for (var n = 0; n < count; n++)
            Send(i, _partitions[_random.Next(_partitions.Length)]);
        _producers[i].Flush(Patience);
    }

    private void Send(int i, TopicPartition partition)
    {
        var headers = new Headers { { "producer", Encoding.UTF8.GetBytes($"{i}") }, { "producer", null }, { "", [] } };
        var message = new Message<byte[]?, byte[]?>
        {
            Key = _random.Next(5) == 0 ? null : Encoding.UTF8.GetBytes($"key-{_random.Next(50)}"),
            Value = _random.Next(5) == 0 ? null : Encoding.UTF8.GetBytes($"{_records} {new string('v', _random.Next(300))}"),
            Headers = _random.Next(2) == 0 ? headers : null,
        };
        _producers[i].Produce(partition, message);
        _records++;
    }
}
