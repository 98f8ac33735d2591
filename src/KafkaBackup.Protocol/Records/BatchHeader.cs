using System.Buffers.Binary;
using KafkaBackup.Protocol.Compression;

namespace KafkaBackup.Protocol.Records;

/// <summary>
/// The header of a record batch of magic 2, 61 bytes. Source: Kafka's message format documentation ("Record Batch").
/// </summary>
/// <remarks>
/// A message of magic 0 or 1 is described as a batch too, from what stands before its key: its offset is base and last offset, and its record
/// count is 1. Where it is a wrapper of compressed messages, its offset is that of the last of them, and what lies before is not known without
/// decompressing it (<see cref="IsWrapper"/>).
/// </remarks>
/// <param name="BaseOffset">Offset of the batch's first record as it was produced; compaction may have removed that record.</param>
/// <param name="BatchLength">Bytes that follow this field; the whole batch has 12 more.</param>
/// <param name="PartitionLeaderEpoch">The leader's epoch at the append; not covered by the CRC.</param>
/// <param name="Crc">CRC-32C from the attributes to the end of the batch.</param>
/// <param name="Attributes">Compression, timestamp type and flags.</param>
/// <param name="LastOffsetDelta">Last offset less base offset; it stays when compaction removes the last record.</param>
/// <param name="BaseTimestamp">What record timestamps are relative to, in milliseconds; the delete horizon where that bit is set.</param>
/// <param name="MaxTimestamp">The largest timestamp of the batch's records, in milliseconds; -1 for none.</param>
/// <param name="ProducerId">-1 without idempotence.</param>
/// <param name="ProducerEpoch">-1 without idempotence.</param>
/// <param name="BaseSequence">-1 without idempotence.</param>
/// <param name="RecordCount">Records in the batch; 0 in one that compaction emptied and kept for its producer's sequence.</param>
public readonly record struct BatchHeader(
    long BaseOffset,
    int BatchLength,
    int PartitionLeaderEpoch,
    uint Crc,
    BatchAttributes Attributes,
    int LastOffsetDelta,
    long BaseTimestamp,
    long MaxTimestamp,
    long ProducerId,
    short ProducerEpoch,
    int BaseSequence,
    int RecordCount)
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 61;

    /// <summary>Bytes before those that <see cref="BatchLength"/> counts.</summary>
    public const int LengthOverhead = 12;

    /// <summary>The one magic that is written, and the newest that is read.</summary>
    public const byte SupportedMagic = 2;

    internal const int MagicPosition = 16;
    internal const int CrcPosition = 17;
    internal const int AttributesPosition = 21;

    /// <summary>The message format: 2, or 0 and 1 as written before Kafka 0.11.</summary>
    public byte Magic { get; init; } = SupportedMagic;

    /// <summary>Whether it is a message of magic 0 or 1 that holds others, whose offsets end at its own and begin nobody knows where.</summary>
    public bool IsWrapper => Magic < SupportedMagic && Compression != CompressionType.None;

    /// <summary>Bytes of the whole batch.</summary>
    public int TotalSize => BatchLength + LengthOverhead;

    /// <summary>The last offset that the batch covers, whether or not a record still has it.</summary>
    public long LastOffset => BaseOffset + LastOffsetDelta;

    /// <summary>The first offset after the batch.</summary>
    public long NextOffset => LastOffset + 1;

    public CompressionType Compression => (CompressionType)((int)Attributes & 7);

    public TimestampType TimestampType => (Attributes & BatchAttributes.LogAppendTime) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    public bool IsTransactional => (Attributes & BatchAttributes.Transactional) != 0;

    public bool IsControl => (Attributes & BatchAttributes.Control) != 0;

    public bool HasDeleteHorizon => (Attributes & BatchAttributes.DeleteHorizon) != 0;

    /// <summary>Whether every offset from base to last has its record.</summary>
    public bool IsDense => RecordCount == LastOffsetDelta + 1;

    /// <summary>
    /// The offset that names a segment which begins with this batch and covers offsets from <paramref name="from"/> on: the base offset. A
    /// wrapper's first record is not known, but none of it lies below what was read before.
    /// </summary>
    public long SegmentBase(long from) => IsWrapper ? Math.Min(from, BaseOffset) : BaseOffset;

    /// <summary>The timestamp of a record that has <paramref name="delta"/>, in milliseconds.</summary>
    public long TimestampOf(long delta) => TimestampType == TimestampType.LogAppendTime ? MaxTimestamp : BaseTimestamp + delta;

    /// <summary>
    /// Reads the header at the start of <paramref name="source"/>; false if its <see cref="Size"/> bytes are not all there.
    /// The records need not be there. A message of magic 0 or 1 is shorter.
    /// </summary>
    /// <exception cref="InvalidBatchException">It is no header of magic 0 to 2, or its lengths and counts make no sense.</exception>
    public static bool TryRead(ReadOnlySpan<byte> source, out BatchHeader header)
    {
        header = default;
        if (source.Length <= MagicPosition)
            return false;
        var baseOffset = BinaryPrimitives.ReadInt64BigEndian(source);
        var magic = source[MagicPosition];
        if (magic < SupportedMagic)
            return LegacyMessage.TryRead(source, magic, out header);
        if (magic > SupportedMagic)
            throw new InvalidBatchException(baseOffset, $"unknown magic {magic}");
        if (source.Length < Size)
            return false;
        header = new BatchHeader(
            baseOffset,
            BinaryPrimitives.ReadInt32BigEndian(source[8..]),
            BinaryPrimitives.ReadInt32BigEndian(source[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[CrcPosition..]),
            (BatchAttributes)BinaryPrimitives.ReadInt16BigEndian(source[AttributesPosition..]),
            BinaryPrimitives.ReadInt32BigEndian(source[23..]),
            BinaryPrimitives.ReadInt64BigEndian(source[27..]),
            BinaryPrimitives.ReadInt64BigEndian(source[35..]),
            BinaryPrimitives.ReadInt64BigEndian(source[43..]),
            BinaryPrimitives.ReadInt16BigEndian(source[51..]),
            BinaryPrimitives.ReadInt32BigEndian(source[53..]),
            BinaryPrimitives.ReadInt32BigEndian(source[57..]));
        if (header.BatchLength is < Size - LengthOverhead or > int.MaxValue - LengthOverhead)
            throw new InvalidBatchException(baseOffset, $"a batch can't be {header.BatchLength} bytes long");
        if (baseOffset < 0 || header.LastOffsetDelta < 0 || header.RecordCount < 0 || header.RecordCount > header.LastOffsetDelta + 1L)
            throw new InvalidBatchException(baseOffset, $"{header.RecordCount} records can't lie in offsets up to {header.LastOffsetDelta} after the base");
        if (baseOffset >= long.MaxValue - header.LastOffsetDelta)
            throw new InvalidBatchException(baseOffset, $"offsets up to {header.LastOffsetDelta} after the base are past the largest");
        return true;
    }

    /// <summary>Writes the header, with the CRC that it holds, over the first <see cref="Size"/> bytes of <paramref name="target"/>.</summary>
    public void Write(Span<byte> target)
    {
        if (Magic != SupportedMagic)
            throw new InvalidOperationException($"magic {Magic} is not written");
        BinaryPrimitives.WriteInt64BigEndian(target, BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(target[8..], BatchLength);
        BinaryPrimitives.WriteInt32BigEndian(target[12..], PartitionLeaderEpoch);
        target[MagicPosition] = SupportedMagic;
        BinaryPrimitives.WriteUInt32BigEndian(target[CrcPosition..], Crc);
        BinaryPrimitives.WriteInt16BigEndian(target[AttributesPosition..], (short)Attributes);
        BinaryPrimitives.WriteInt32BigEndian(target[23..], LastOffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(target[27..], BaseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(target[35..], MaxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(target[43..], ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(target[51..], ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(target[53..], BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(target[57..], RecordCount);
    }

    /// <summary>
    /// Writes the header over that of a whole batch which has a CRC that fits, and which then has one that fits again. Its records are not
    /// looked at: were they damaged, they would not get a CRC that hides it.
    /// </summary>
    public void Replace(Span<byte> batch)
    {
        var covered = batch[AttributesPosition..Size];
        Span<byte> before = stackalloc byte[Size - AttributesPosition];
        covered.CopyTo(before);
        var crc = BinaryPrimitives.ReadUInt32BigEndian(batch[CrcPosition..]);
        Write(batch);
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcPosition..], Crc32C.Replace(crc, before, covered, batch.Length - Size));
    }

    /// <summary>Computes the CRC of a whole batch and writes it into it.</summary>
    public static void Seal(Span<byte> batch) =>
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcPosition..], Crc32C.Compute(batch[AttributesPosition..]));
}

/// <summary>Bits of a record batch's attributes above the compression's three. Source: Kafka's message format documentation.</summary>
[Flags]
public enum BatchAttributes : short
{
    None = 0,

    /// <summary>Timestamps are the broker's.</summary>
    LogAppendTime = 1 << 3,

    /// <summary>Part of a transaction.</summary>
    Transactional = 1 << 4,

    /// <summary>A transaction marker; not for consumers.</summary>
    Control = 1 << 5,

    /// <summary>The base timestamp is the time from which tombstones may go (KIP-534).</summary>
    DeleteHorizon = 1 << 6,
}
