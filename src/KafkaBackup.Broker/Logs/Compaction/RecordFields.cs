using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Logs.Compaction;

/// <summary>Key and value of a record whose body is still as it lies.</summary>
internal static class RecordFields
{
    /// <summary>False: it has no key.</summary>
    public static bool TryReadKey(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> key)
    {
        var (length, size) = Varint.Read32(body);
        key = length < 0 ? default : body.Slice(size, length);
        return length >= 0;
    }

    /// <summary>Whether it has no value.</summary>
    public static bool IsTombstone(ReadOnlySpan<byte> body)
    {
        var (length, size) = Varint.Read32(body);
        return Varint.Read32(body[(size + Math.Max(length, 0))..]).Value < 0;
    }
}
