using System.Buffers.Binary;
using KafkaBackup.Broker.Logs.Compaction;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>The control batch that ends a transaction in a partition. Source: Kafka's EndTransactionMarker, control record types 0 and 1.</summary>
internal static class TransactionMarker
{
    private const short Abort = 0;
    private const short Commit = 1;

    /// <summary>Bytes of a marker as it is written first; compaction may make it a few longer.</summary>
    public const int Size = BatchHeader.Size + 17;

    public static byte[] Build(long producerId, short epoch, bool commit, long timestamp, int coordinatorEpoch)
    {
        var key = new byte[4];
        BinaryPrimitives.WriteInt16BigEndian(key.AsSpan(2), commit ? Commit : Abort);
        var value = new byte[6];
        BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(2), coordinatorEpoch);
        using var builder = new RecordBatchBuilder();
        builder.Add(timestamp, key, value, []);
        return builder.Build(new BatchHeader(
            0, 0, 0, 0, BatchAttributes.Transactional | BatchAttributes.Control, 0, timestamp, timestamp, producerId, epoch, -1, 1)).ToArray();
    }

    /// <summary>Whether a control batch is a commit; null if it is no transaction marker.</summary>
    public static bool? ReadOutcome(ReadOnlySpan<byte> batch)
    {
        // Once compaction has written a delete horizon into it, its timestamp is far from the base, and takes more than a byte.
        if (batch.Length < BatchHeader.Size || RawRecord.Read(batch[BatchHeader.Size..], out var record) == 0 || !RecordFields.TryReadKey(record.Body, out var key) || key.Length < 4)
            return null;
        return BinaryPrimitives.ReadInt16BigEndian(key[2..]) switch
        {
            Commit => true,
            Abort => false,
            _ => null,
        };
    }
}
