using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Records;

/// <summary>
/// A record of magic 2 with its key, value and headers still as they lie, so that it can be moved to another batch byte for byte.
/// Source: Kafka's message format documentation ("Record").
/// </summary>
public readonly ref struct RawRecord(long timestampDelta, int offsetDelta, ReadOnlySpan<byte> body)
{
    /// <summary>Milliseconds after the batch's base timestamp; a batch may span more than 24.8 days, so it is 64 bits wide.</summary>
    public long TimestampDelta { get; } = timestampDelta;

    /// <summary>Its offset less the batch's base offset.</summary>
    public int OffsetDelta { get; } = offsetDelta;

    /// <summary>Key, value and headers, each with its length.</summary>
    public ReadOnlySpan<byte> Body { get; } = body;

    /// <summary>Reads the record at the start of <paramref name="source"/> and says how many bytes it takes; 0 if there is no whole one.</summary>
    public static int Read(ReadOnlySpan<byte> source, out RawRecord record)
    {
        record = default;
        var (length, lengthSize) = Varint.Read32(source);
        if (lengthSize == 0 || length < 1 || length > source.Length - lengthSize)
            return 0;
        var rest = source.Slice(lengthSize + 1, length - 1); // the byte passed over is the record's attributes: no bit of it is in use
        var (timestampDelta, timestampSize) = Varint.Read64(rest);
        if (timestampSize == 0)
            return 0;
        var (offsetDelta, offsetSize) = Varint.Read32(rest[timestampSize..]);
        if (offsetSize == 0)
            return 0;
        record = new RawRecord(timestampDelta, offsetDelta, rest[(timestampSize + offsetSize)..]);
        return lengthSize + length;
    }
}
