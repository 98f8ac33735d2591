using System.Buffers.Binary;
using System.IO.Hashing;

namespace KafkaBackup.Protocol.Compression;

/// <summary>
/// The frame header that clients before Kafka 0.10 wrote with messages of magic 0: its checksum was taken over the magic number as well
/// (KAFKA-3160), and a decoder that follows the LZ4 frame format refuses it.
/// </summary>
internal static class Lz4Header
{
    private const uint Magic = 0x184D2204;
    private const int FlagsPosition = 4;
    private const byte HasContentSize = 1 << 3;
    private const byte HasDictionary = 1;

    /// <summary>The frame with the checksum that the format asks for; itself, where it has that or is no such frame.</summary>
    public static ReadOnlyMemory<byte> Repair(ReadOnlyMemory<byte> frame)
    {
        var span = frame.Span;
        if (span.Length <= FlagsPosition || BinaryPrimitives.ReadUInt32LittleEndian(span) != Magic)
            return frame;
        var flags = span[FlagsPosition];
        var end = FlagsPosition + 2 + ((flags & HasContentSize) != 0 ? 8 : 0) + ((flags & HasDictionary) != 0 ? 4 : 0);
        if (end >= span.Length)
            return frame;
        var right = (byte)(XxHash32.HashToUInt32(span[FlagsPosition..end]) >> 8);
        if (span[end] == right)
            return frame;
        var repaired = span.ToArray();
        repaired[end] = right;
        return repaired;
    }
}
