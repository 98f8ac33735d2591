using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Kafka.Producing;

/// <summary>
/// Under which name a restore writes to one target partition. It is recorded durably before the first record is sent: whoever goes on after
/// a crash writes under the same name, so that the broker knows a late request of the dead attempt for the repetition that it is.
/// </summary>
/// <param name="ProducerId">The broker's id for the producer.</param>
/// <param name="ProducerEpoch">Its epoch.</param>
/// <param name="TargetStart">The target offset that the first restored record gets.</param>
/// <param name="FirstRecord">
/// The first record, counted from 0, that is written under this name; above 0 where a broker had forgotten the name before.
/// </param>
public sealed record ProducerIdentity(long ProducerId, short ProducerEpoch, long TargetStart, long FirstRecord = 0)
{
    /// <summary>The sequence number of the n-th record under this name: n modulo 2^31, as the protocol wraps it.</summary>
    public static int SequenceOf(long record) => (int)(record & int.MaxValue);

    /// <summary>The sequence number of a restored record, counted from the restore's first.</summary>
    public int SequenceAt(long record) => SequenceOf(record - FirstRecord);

    /// <summary>
    /// Makes a batch ours: base offset 0, no leader epoch, our producer fields, no transactional bit and no delete horizon, and a CRC that
    /// matches if it did before.
    /// </summary>
    public void Stamp(Span<byte> batch, long firstRecord)
    {
        if (!BatchHeader.TryRead(batch, out var header))
            throw new ArgumentException("there is no whole batch", nameof(batch));
        (header with
        {
            BaseOffset = 0,
            PartitionLeaderEpoch = -1,
            Attributes = header.Attributes & ~(BatchAttributes.Transactional | BatchAttributes.DeleteHorizon),
            ProducerId = ProducerId,
            ProducerEpoch = ProducerEpoch,
            BaseSequence = SequenceAt(firstRecord),
        }).Replace(batch);
    }
}
