using System.Text;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Records;

/// <summary>A record as a consumer sees it.</summary>
/// <param name="Offset">Its offset in the partition.</param>
/// <param name="Timestamp">Milliseconds since 1970; the batch's maximum in a LogAppendTime batch. Any value may occur, -1 and 0 among them.</param>
/// <param name="Key">Null is not empty.</param>
/// <param name="Value">Null (a tombstone where the topic is compacted) is not empty.</param>
/// <param name="Headers">An ordered list; names may repeat and may be empty.</param>
public sealed record Record(
    long Offset,
    long Timestamp,
    ReadOnlyMemory<byte>? Key,
    ReadOnlyMemory<byte>? Value,
    IReadOnlyList<RecordHeader> Headers)
{
    /// <summary>Reads key, value and headers from a record's body.</summary>
    /// <exception cref="InvalidDataException">The body is not one.</exception>
    internal static Record Read(long offset, long timestamp, ReadOnlyMemory<byte> body)
    {
        var key = Blob(ref body);
        var value = Blob(ref body);
        var count = Int32(ref body);
        if (count < 0 || count > body.Length)
            throw new InvalidDataException($"the record at offset {offset} claims {count} headers");
        var headers = new RecordHeader[count];
        for (var i = 0; i < count; i++)
            headers[i] = new RecordHeader(Encoding.UTF8.GetString((Blob(ref body) ?? throw Malformed(offset)).Span), Blob(ref body));
        return body.Length == 0 ? new Record(offset, timestamp, key, value, headers) : throw Malformed(offset);
    }

    private static ReadOnlyMemory<byte>? Blob(ref ReadOnlyMemory<byte> rest)
    {
        var length = Int32(ref rest);
        if (length < 0)
            return null;
        if (length > rest.Length)
            throw new InvalidDataException($"a record's field claims {length} bytes where {rest.Length} are left");
        var blob = rest[..length];
        rest = rest[length..];
        return blob;
    }

    private static int Int32(ref ReadOnlyMemory<byte> rest)
    {
        var (value, size) = Varint.Read32(rest.Span);
        if (size == 0)
            throw new InvalidDataException("a record ends inside a length");
        rest = rest[size..];
        return value;
    }

    private static InvalidDataException Malformed(long offset) => new($"the record at offset {offset} is malformed");
}

/// <summary>A record's header.</summary>
/// <param name="Name">May be empty, may repeat in one record.</param>
/// <param name="Value">Null is not empty.</param>
public sealed record RecordHeader(string Name, ReadOnlyMemory<byte>? Value);
