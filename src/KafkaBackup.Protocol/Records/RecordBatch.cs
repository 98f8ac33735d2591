using KafkaBackup.Protocol.Compression;

namespace KafkaBackup.Protocol.Records;

/// <summary>A whole record batch, or a message of magic 0 or 1: its header, and the bytes it was read from.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Bytes">All of it, header included.</param>
public readonly record struct RecordBatch(BatchHeader Header, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The records as they lie, compressed or not.</summary>
    public ReadOnlyMemory<byte> Payload => Header.Magic == BatchHeader.SupportedMagic
        ? Bytes[BatchHeader.Size..]
        : throw new InvalidBatchException(Header.BaseOffset, $"a message of magic {Header.Magic} is no record batch");

    /// <summary>Whether the bytes still have the checksum that they were given.</summary>
    public bool HasValidCrc => Header.Magic < BatchHeader.SupportedMagic
        ? LegacyMessage.HasValidCrc(Bytes.Span, Header.Crc)
        : Crc32C.Compute(Bytes.Span[BatchHeader.AttributesPosition..]) == Header.Crc;

    /// <summary>Which checksum it has, for messages.</summary>
    public string CrcName => Header.Magic < BatchHeader.SupportedMagic ? "CRC-32" : "CRC-32C";

    /// <summary>
    /// Takes the batch at the start of <paramref name="source"/> off it; false if it is not all there, as at the end of a fetch response.
    /// </summary>
    /// <exception cref="InvalidBatchException">The bytes are no batch, nor a message of magic 0 or 1.</exception>
    public static bool TryTake(ref ReadOnlyMemory<byte> source, out RecordBatch batch)
    {
        batch = default;
        if (!BatchHeader.TryRead(source.Span, out var header) || header.TotalSize > source.Length)
            return false;
        batch = new RecordBatch(header, source[..header.TotalSize]);
        source = source[header.TotalSize..];
        return true;
    }

    /// <summary>
    /// The records, uncompressed, as they lie one after the other. They stand in <paramref name="buffer"/> if the batch is compressed,
    /// else in the batch itself.
    /// </summary>
    /// <exception cref="InvalidBatchException">They can't be decompressed within the buffer's limit.</exception>
    public ReadOnlyMemory<byte> Decompress(PooledBuffer buffer)
    {
        if (Header.Compression == CompressionType.None)
            return Payload;
        buffer.Clear();
        try
        {
            CompressionCodecs.Decompress(Header.Compression, Payload, buffer);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidBatchException(Header.BaseOffset, e.Message);
        }

        return buffer.Memory;
    }

    /// <summary>The records as a consumer sees them. Their memory is that of <paramref name="buffer"/> or of the batch.</summary>
    /// <exception cref="InvalidBatchException">The records are not as many as the header says, or are malformed.</exception>
    public IReadOnlyList<Record> ReadRecords(PooledBuffer buffer)
    {
        if (Header.Magic < BatchHeader.SupportedMagic)
            return LegacyMessage.ReadRecords(this, buffer);
        var rest = Decompress(buffer);
        // A count is a claim: no record takes fewer than 7 bytes.
        if (Header.RecordCount > rest.Length / 7)
            throw new InvalidBatchException(Header.BaseOffset, $"{Header.RecordCount} records are claimed in {rest.Length} bytes");
        var records = new Record[Header.RecordCount];
        for (var i = 0; i < records.Length; i++)
        {
            var size = RawRecord.Read(rest.Span, out var raw);
            if (size == 0)
                throw new InvalidBatchException(Header.BaseOffset, $"record {i} of {records.Length} is cut off or malformed");
            try
            {
                records[i] = Record.Read(
                    Header.BaseOffset + raw.OffsetDelta,
                    Header.TimestampOf(raw.TimestampDelta),
                    rest.Slice(size - raw.Body.Length, raw.Body.Length));
            }
            catch (InvalidDataException e)
            {
                throw new InvalidBatchException(Header.BaseOffset, e.Message);
            }

            rest = rest[size..];
        }

        return rest.Length == 0 ? records : throw new InvalidBatchException(Header.BaseOffset, $"{rest.Length} bytes follow the last record");
    }
}
