using System.Text;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Records;

/// <summary>Key, value and headers of a record as they lie in a batch. Source: Kafka's message format documentation ("Record").</summary>
public static class RecordBody
{
    /// <summary>Appends them to <paramref name="target"/>.</summary>
    public static void Write(PooledBuffer target, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value, IReadOnlyList<RecordHeader> headers)
    {
        Blob(target, key);
        Blob(target, value);
        Length(target, headers.Count);
        foreach (var header in headers)
        {
            Blob(target, Encoding.UTF8.GetBytes(header.Name));
            Blob(target, header.Value);
        }
    }

    private static void Blob(PooledBuffer target, ReadOnlyMemory<byte>? bytes)
    {
        Length(target, bytes?.Length ?? -1);
        if (bytes is { } present)
            target.Append(present.Span);
    }

    private static void Length(PooledBuffer target, int length) => target.Advance(Varint.Write32(target.GetSpan(Varint.MaxLength32), length));
}
