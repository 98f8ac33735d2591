using System.Collections.Concurrent;
using KafkaBackup.Broker.Groups;
using KafkaBackup.Broker.State;
using KafkaBackup.Broker.Topics;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Transactions;

/// <summary>
/// The transactional ids of the broker. Every step lies in `transactions.jsonl` before it is answered; a decision whose markers were not all
/// written is carried out at the next start. Source: the states of Kafka 2.4's TransactionCoordinator.
/// </summary>
internal sealed class TransactionCoordinator : IDisposable
{
    /// <summary>transaction.max.timeout.ms.</summary>
    private const int MaxTimeoutMs = 900_000;

    private readonly ConcurrentDictionary<string, Transaction> _transactions = [];
    private readonly TopicRegistry _topics;
    private readonly GroupCoordinator _groups;
    private readonly TimeProvider _time;
    private readonly ProducerIds _ids;
    private readonly Journal<TransactionLine> _journal;
    private readonly ITimer _sweep;

    public TransactionCoordinator(DataFolder folder, TopicRegistry topics, GroupCoordinator groups, TimeProvider time)
    {
        (_topics, _groups, _time) = (topics, groups, time);
        _journal = Journal<TransactionLine>.Open(folder.Transactions, StateJson.Default.TransactionLine, Restore);
        var largest = topics.Partitions.Select(log => log.MaxProducerId).Concat(_transactions.Values.Select(t => t.ProducerId)).DefaultIfEmpty(-1).Max();
        _ids = new ProducerIds(folder.ProducerIds, largest);
        foreach (var undone in _transactions.Values.Where(t => t.State is TransactionState.PrepareCommit or TransactionState.PrepareAbort))
            Complete(undone, onlyWhereOpen: true);
        var period = TimeSpan.FromMilliseconds(200);
        _sweep = time.CreateTimer(_ => AbortTimedOut(), null, period, period);
    }

    /// <summary>Gives a producer its id; for a transactional id, aborts what its last producer left open, and fences that producer.</summary>
    public (ErrorCode Error, long ProducerId, short Epoch) InitProducer(string? id, int timeoutMs)
    {
        if (id is null)
            return (ErrorCode.None, _ids.Next(), 0);
        if (id.Length == 0)
            return (ErrorCode.InvalidRequest, -1, -1);
        if (timeoutMs is <= 0 or > MaxTimeoutMs)
            return (ErrorCode.InvalidTransactionTimeout, -1, -1);
        var transaction = _transactions.GetOrAdd(id, static name => new Transaction(name));
        lock (transaction.Lock)
        {
            if (transaction.State == TransactionState.Ongoing)
                Fence(transaction);
            if (transaction.ProducerId < 0 || transaction.Epoch >= short.MaxValue - 1)
                (transaction.ProducerId, transaction.Epoch) = (_ids.Next(), 0);
            else
                transaction.Epoch++;
            (transaction.TimeoutMs, transaction.State) = (timeoutMs, TransactionState.Empty);
            Save(transaction);
            return (ErrorCode.None, transaction.ProducerId, transaction.Epoch);
        }
    }

    /// <summary>Opens a transaction if none is, and does <paramref name="add"/> with it.</summary>
    public ErrorCode Add(string id, long producerId, short epoch, Action<Transaction> add)
    {
        if (!_transactions.TryGetValue(id, out var transaction))
            return ErrorCode.InvalidProducerIdMapping;
        lock (transaction.Lock)
        {
            if (Check(transaction, producerId, epoch) is var error and not ErrorCode.None)
                return error;
            if (transaction.State != TransactionState.Ongoing)
                (transaction.State, transaction.StartedMs) = (TransactionState.Ongoing, Now);
            add(transaction);
            Save(transaction);
            return ErrorCode.None;
        }
    }

    /// <summary>Takes note of offsets that an open transaction will commit.</summary>
    public ErrorCode AddOffsets(
        string id, long producerId, short epoch, string groupId, IReadOnlyCollection<KeyValuePair<(string Topic, int Partition), CommittedOffset>> offsets)
    {
        if (!_transactions.TryGetValue(id, out var transaction))
            return ErrorCode.InvalidProducerIdMapping;
        lock (transaction.Lock)
        {
            if (Check(transaction, producerId, epoch) is var error and not ErrorCode.None)
                return error;
            if (transaction.State != TransactionState.Ongoing)
                return ErrorCode.InvalidTxnState;
            if (!transaction.Offsets.TryGetValue(groupId, out var pending))
                transaction.Offsets[groupId] = pending = [];
            foreach (var (partition, offset) in offsets)
                pending[partition] = offset;
            Save(transaction);
            Announce(transaction);
            return ErrorCode.None;
        }
    }

    public ErrorCode End(string id, long producerId, short epoch, bool commit)
    {
        if (!_transactions.TryGetValue(id, out var transaction))
            return ErrorCode.InvalidProducerIdMapping;
        lock (transaction.Lock)
        {
            if (Check(transaction, producerId, epoch) is var error and not ErrorCode.None)
                return error;
            var done = commit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort;
            if (transaction.State != TransactionState.Ongoing)
                return transaction.State == done ? ErrorCode.None : ErrorCode.InvalidTxnState;
            Decide(transaction, commit);
            return ErrorCode.None;
        }
    }

    public void Dispose()
    {
        _sweep.Dispose();
        _journal.Dispose();
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private static ErrorCode Check(Transaction transaction, long producerId, short epoch) =>
        transaction.ProducerId != producerId ? ErrorCode.InvalidProducerIdMapping
        : transaction.Epoch != epoch ? ErrorCode.InvalidProducerEpoch
        : ErrorCode.None;

    private void AbortTimedOut()
    {
        try
        {
            foreach (var transaction in _transactions.Values)
            {
                lock (transaction.Lock)
                {
                    if (transaction.State == TransactionState.Ongoing && transaction.StartedMs + transaction.TimeoutMs < Now)
                        Fence(transaction);
                }
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or IOException)
        {
            // The broker stops, or the disk is full: what was decided is carried out at the next start.
        }
    }

    // The markers carry the raised epoch, so that the partitions refuse what the old producer may still send.
    private void Fence(Transaction transaction)
    {
        transaction.Epoch++;
        Decide(transaction, commit: false);
    }

    private void Decide(Transaction transaction, bool commit)
    {
        transaction.State = commit ? TransactionState.PrepareCommit : TransactionState.PrepareAbort;
        Save(transaction);
        Complete(transaction, onlyWhereOpen: false);
    }

    private void Complete(Transaction transaction, bool onlyWhereOpen)
    {
        var commit = transaction.State == TransactionState.PrepareCommit;
        foreach (var (topic, partition) in transaction.Partitions)
        {
            if (_topics.Find(topic, partition) is { } log && (!onlyWhereOpen || log.HasOpenTransaction(transaction.ProducerId)))
                log.AppendMarker(transaction.ProducerId, transaction.Epoch, commit, coordinatorEpoch: 0);
        }

        foreach (var (groupId, offsets) in transaction.Offsets)
        {
            var group = _groups.FindOrAdd(groupId);
            lock (group.Lock)
            {
                group.PendingOffsets.Remove(transaction.ProducerId);
                if (commit)
                    _groups.Commit(group, offsets);
            }
        }

        transaction.Partitions.Clear();
        transaction.Offsets.Clear();
        transaction.State = commit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort;
        Save(transaction);
    }

    private void Announce(Transaction transaction)
    {
        foreach (var (groupId, offsets) in transaction.Offsets)
        {
            var group = _groups.FindOrAdd(groupId);
            lock (group.Lock)
                group.PendingOffsets[transaction.ProducerId] = offsets.ToDictionary();
        }
    }

    private void Save(Transaction transaction) => _journal.Append([ToLine(transaction)]);

    private IEnumerable<TransactionLine> Restore(IEnumerable<TransactionLine> lines)
    {
        foreach (var line in lines)
        {
            var transaction = new Transaction(line.Id)
            {
                ProducerId = line.ProducerId,
                Epoch = line.Epoch,
                TimeoutMs = line.TimeoutMs,
                State = Enum.Parse<TransactionState>(line.State),
                StartedMs = line.StartedMs,
            };
            transaction.Partitions.UnionWith(line.Partitions.Select(p => (p[..p.LastIndexOf('-')], int.Parse(p[(p.LastIndexOf('-') + 1)..]))));
            foreach (var group in line.Offsets.GroupBy(o => o.Group))
                transaction.Offsets[group.Key] = group.ToDictionary(o => (o.Topic, o.Partition), o => new CommittedOffset(o.Offset, o.LeaderEpoch, o.Metadata));
            _transactions[line.Id] = transaction;
        }

        foreach (var open in _transactions.Values.Where(t => t.State == TransactionState.Ongoing))
            Announce(open);
        return _transactions.Values.Select(ToLine);
    }

    private static TransactionLine ToLine(Transaction transaction) => new(
        transaction.Id,
        transaction.ProducerId,
        transaction.Epoch,
        transaction.TimeoutMs,
        transaction.State.ToString(),
        transaction.StartedMs,
        [.. transaction.Partitions.Select(p => $"{p.Topic}-{p.Partition}")],
        [
            .. transaction.Offsets.SelectMany(g => g.Value.Select(o =>
                new OffsetLine(g.Key, o.Key.Topic, o.Key.Partition, o.Value.Offset, o.Value.LeaderEpoch, o.Value.Metadata, transaction.StartedMs))),
        ]);
}
