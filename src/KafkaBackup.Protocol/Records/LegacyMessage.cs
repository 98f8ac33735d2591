using System.Buffers.Binary;
using System.IO.Hashing;
using KafkaBackup.Protocol.Compression;

namespace KafkaBackup.Protocol.Records;

/// <summary>
/// A message of magic 0 or 1, as brokers before 0.11 wrote them: offset, size, CRC-32, magic, attributes, a timestamp in magic 1, key and
/// value. One whose value is compressed is a wrapper: the value is messages. Source: Kafka's message format documentation ("Message set").
/// </summary>
internal static class LegacyMessage
{
    /// <summary>Bytes before the key's length in magic 0, and where magic 1 has its timestamp.</summary>
    public const int TimestampPosition = 18;

    private const int CrcPosition = 12;
    private const int CoveredPosition = 16;
    private const int AttributesPosition = 17;

    /// <summary>The least that a message takes after its size: CRC, magic, attributes, a timestamp in magic 1, and two lengths.</summary>
    public static int LeastSize(byte magic) => magic == 0 ? 14 : 22;

    /// <summary>Reads what stands before key and value as a header: what it does not have is said as a batch would that lacks it.</summary>
    /// <returns>False if it is not all there.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, byte magic, out BatchHeader header)
    {
        header = default;
        if (source.Length < TimestampPosition + (magic == 0 ? 0 : sizeof(long)))
            return false;
        var offset = BinaryPrimitives.ReadInt64BigEndian(source);
        var size = BinaryPrimitives.ReadInt32BigEndian(source[8..]);
        if (size < LeastSize(magic) || size > int.MaxValue - BatchHeader.LengthOverhead)
            throw new InvalidBatchException(offset, $"a message of magic {magic} can't be {size} bytes long");
        if (offset is < 0 or long.MaxValue)
            throw new InvalidBatchException(offset, "there is no such offset");
        var timestamp = magic == 0 ? -1 : BinaryPrimitives.ReadInt64BigEndian(source[TimestampPosition..]);
        var attributes = (BatchAttributes)(source[AttributesPosition] & (magic == 0 ? 7 : 15));
        header = new BatchHeader(
            offset, size, -1, BinaryPrimitives.ReadUInt32BigEndian(source[CrcPosition..]), attributes, 0, timestamp, timestamp, -1, -1, -1, 1) { Magic = magic };
        return true;
    }

    /// <summary>Whether the bytes still have the checksum that they were given.</summary>
    public static bool HasValidCrc(ReadOnlySpan<byte> message, uint crc) => Crc32.HashToUInt32(message[CoveredPosition..]) == crc;

    /// <summary>The records of a message: one, or those that it wraps. Their memory is that of <paramref name="buffer"/> or of the message.</summary>
    /// <exception cref="InvalidBatchException">It is damaged, or wraps more than the buffer allows.</exception>
    public static IReadOnlyList<Record> ReadRecords(RecordBatch message, PooledBuffer buffer)
    {
        buffer.Clear();
        var records = new List<Record>();
        try
        {
            new LegacyReader(buffer, records).Read(message, depth: 0);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidBatchException(message.Header.BaseOffset, e.Message);
        }

        return records;
    }
}
