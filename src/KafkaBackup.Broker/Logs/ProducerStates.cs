using KafkaBackup.Broker.Logs.Compaction;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>The producers of a partition, rebuilt from its batches at every start. Source: the rules of Kafka 2.4's ProducerStateManager.</summary>
internal sealed class ProducerStates
{
    private readonly Dictionary<long, ProducerState> _producers = [];
    private readonly SortedDictionary<long, long> _openTransactions = [];

    /// <summary>The first offset of the oldest open transaction.</summary>
    public long? FirstUnstableOffset => _openTransactions.Count == 0 ? null : _openTransactions.First().Key;

    /// <summary>The largest producer id seen; -1 with none.</summary>
    public long MaxProducerId { get; private set; } = -1;

    /// <summary>Whether a produced batch may be appended; a duplicate is none.</summary>
    public ErrorCode Check(in BatchHeader header, out ProducerState.AppendedBatch? duplicate)
    {
        duplicate = null;
        if (header.ProducerId < 0)
            return ErrorCode.None;
        if (!_producers.TryGetValue(header.ProducerId, out var producer))
            return header.BaseSequence == 0 ? ErrorCode.None : ErrorCode.UnknownProducerId;
        duplicate = producer.FindDuplicate(header);
        if (duplicate is not null)
            return ErrorCode.None;
        if (header.ProducerEpoch < producer.Epoch)
            return ErrorCode.InvalidProducerEpoch;
        if (header.ProducerEpoch > producer.Epoch && header.BaseSequence != 0)
            return ErrorCode.OutOfOrderSequenceNumber;
        if (header.ProducerEpoch == producer.Epoch && producer.LastSequence is null && header.BaseSequence != 0)
            return ErrorCode.UnknownProducerId;
        if (header.ProducerEpoch == producer.Epoch && producer.LastSequence is not null && !producer.IsNext(header.BaseSequence))
            return ErrorCode.OutOfOrderSequenceNumber;
        return producer.TransactionStart is not null && !header.IsTransactional ? ErrorCode.InvalidTxnState : ErrorCode.None;
    }

    /// <summary>Whether a marker may be appended.</summary>
    public bool AcceptsMarker(long producerId, short epoch) => !_producers.TryGetValue(producerId, out var producer) || epoch >= producer.Epoch;

    /// <summary>Whether the producer has an open transaction here.</summary>
    public bool HasOpenTransaction(long producerId) => _producers.TryGetValue(producerId, out var producer) && producer.TransactionStart is not null;

    /// <summary>Takes note of a batch that is in the log.</summary>
    public void Add(in BatchHeader header)
    {
        if (header.ProducerId < 0)
            return;
        var producer = Of(header.ProducerId);
        producer.Add(header);
        if (!header.IsTransactional || producer.TransactionStart is not null)
            return;
        producer.TransactionStart = header.BaseOffset;
        _openTransactions[header.BaseOffset] = header.ProducerId;
    }

    /// <summary>Takes note of a marker that is in the log; an abort gives the entry for `.txnindex`.</summary>
    public AbortedRange? AddMarker(in BatchHeader header, bool committed)
    {
        var producer = Of(header.ProducerId);
        producer.RaiseEpoch(header.ProducerEpoch);
        var first = producer.TransactionStart ?? header.BaseOffset;
        producer.TransactionStart = null;
        _openTransactions.Remove(first);
        return committed ? null : new AbortedRange(header.ProducerId, first, header.BaseOffset, FirstUnstableOffset ?? header.NextOffset);
    }

    /// <summary>The newest of each producer.</summary>
    public Dictionary<long, ProducerTail> Tails() => _producers.ToDictionary(p => p.Key, p => new ProducerTail(p.Value.Epoch, p.Value.LastDataOffset));

    /// <summary>
    /// Forgets the producers that have no batch at or above the log start, with their open transactions. Source: ProducerStateManager.truncateHead of Kafka 2.4.
    /// </summary>
    public void Forget(long start)
    {
        foreach (var (id, producer) in _producers.Where(p => (p.Value.LastDataOffset ?? -1) < start).ToList())
        {
            _producers.Remove(id);
            if (producer.TransactionStart is { } open)
                _openTransactions.Remove(open);
        }
    }

    private ProducerState Of(long producerId)
    {
        MaxProducerId = Math.Max(MaxProducerId, producerId);
        if (!_producers.TryGetValue(producerId, out var producer))
            _producers[producerId] = producer = new ProducerState();
        return producer;
    }
}
