using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>What a partition remembers of one producer: its epoch, its last batches, its open transaction.</summary>
internal sealed class ProducerState
{
    /// <summary>Batches remembered, as many as a producer may have in flight.</summary>
    private const int MaxBatches = 5;

    private readonly Queue<AppendedBatch> _batches = new(MaxBatches);

    public short Epoch { get; private set; } = -1;

    /// <summary>Where its open transaction began in this partition.</summary>
    public long? TransactionStart { get; set; }

    /// <summary>The last sequence number; null where only a marker is known.</summary>
    public int? LastSequence { get; private set; }

    /// <summary>A batch of this producer.</summary>
    internal readonly record struct AppendedBatch(int FirstSequence, int LastSequence, long FirstOffset, long Timestamp);

    /// <summary>The last offset of its last batch; null where only a marker is known.</summary>
    public long? LastDataOffset { get; private set; }

    public AppendedBatch? FindDuplicate(in BatchHeader header)
    {
        if (header.ProducerEpoch != Epoch)
            return null;
        foreach (var batch in _batches)
        {
            if (batch.FirstSequence == header.BaseSequence && batch.LastSequence == LastSequenceOf(header))
                return batch;
        }

        return null;
    }

    public void Add(in BatchHeader header)
    {
        RaiseEpoch(header.ProducerEpoch);
        LastSequence = LastSequenceOf(header);
        LastDataOffset = header.LastOffset;
        if (_batches.Count == MaxBatches)
            _batches.Dequeue();
        _batches.Enqueue(new AppendedBatch(header.BaseSequence, LastSequence.Value, header.BaseOffset, header.MaxTimestamp));
    }

    public void RaiseEpoch(short epoch)
    {
        if (epoch == Epoch)
            return;
        Epoch = epoch;
        (LastSequence, LastDataOffset) = (null, null);
        _batches.Clear();
    }

    /// <summary>Sequence numbers begin again at 0 after the largest int32.</summary>
    public bool IsNext(int sequence) => LastSequence is { } last && sequence == (last == int.MaxValue ? 0 : last + 1);

    private static int LastSequenceOf(in BatchHeader header) => (int)((header.BaseSequence + (long)header.LastOffsetDelta) & int.MaxValue);
}
