using System.Buffers.Binary;

namespace KafkaBackup.Broker.Logs;

/// <summary>An aborted transaction, an entry of `.txnindex`. Source: Kafka's transaction index file, version 0.</summary>
/// <param name="ProducerId">Whose transaction it was.</param>
/// <param name="FirstOffset">Its first offset; that of the marker where it had no data.</param>
/// <param name="LastOffset">The marker's offset.</param>
/// <param name="LastStableOffset">The last stable offset once the marker was written.</param>
internal readonly record struct AbortedRange(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset)
{
    public const int Size = 34;

    public static List<AbortedRange> ReadAll(ReadOnlySpan<byte> file)
    {
        var entries = new List<AbortedRange>(file.Length / Size);
        for (; file.Length >= Size; file = file[Size..])
        {
            entries.Add(new AbortedRange(
                BinaryPrimitives.ReadInt64BigEndian(file[2..]),
                BinaryPrimitives.ReadInt64BigEndian(file[10..]),
                BinaryPrimitives.ReadInt64BigEndian(file[18..]),
                BinaryPrimitives.ReadInt64BigEndian(file[26..])));
        }

        return entries;
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(2), ProducerId);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(10), FirstOffset);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(18), LastOffset);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(26), LastStableOffset);
        return bytes;
    }
}
