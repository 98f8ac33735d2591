using System.Buffers.Binary;
using KafkaBackup.Protocol.Compression;

namespace KafkaBackup.Protocol.Records;

/// <summary>Reads messages of magic 0 and 1 down to their records.</summary>
/// <param name="buffer">Takes what wrappers hold, one behind the other, under one limit.</param>
/// <param name="records">Gets the records.</param>
internal sealed class LegacyReader(PooledBuffer buffer, List<Record> records)
{
    /// <summary>Brokers write one level of wrappers; what some early clients nested is read, what goes on without end is not.</summary>
    private const int MostLevels = 4;

    /// <exception cref="InvalidDataException">The message is damaged.</exception>
    public void Read(RecordBatch message, int depth)
    {
        var header = message.Header;
        var rest = message.Bytes[(LegacyMessage.TimestampPosition + (header.Magic == 0 ? 0 : sizeof(long)))..];
        var key = Blob(ref rest, header.BaseOffset);
        var value = Blob(ref rest, header.BaseOffset);
        if (rest.Length > 0)
            throw new InvalidDataException($"{rest.Length} bytes follow the message at offset {header.BaseOffset}");
        if (header.Compression == CompressionType.None)
        {
            records.Add(new Record(header.BaseOffset, header.MaxTimestamp, key, value, []));
            return;
        }

        if (depth == MostLevels)
            throw new InvalidDataException($"messages are wrapped more than {MostLevels} times");
        if (value is not { } wrapped)
            throw new InvalidDataException($"the wrapper at offset {header.BaseOffset} holds nothing");
        Unwrap(header, wrapped, depth);
    }

    private void Unwrap(in BatchHeader wrapper, ReadOnlyMemory<byte> wrapped, int depth)
    {
        // The buffer's memory may move while it grows: each wrapper's content is copied out of it.
        var start = buffer.Length;
        if (wrapper is { Compression: CompressionType.Lz4, Magic: 0 })
            wrapped = Lz4Header.Repair(wrapped);
        CompressionCodecs.Decompress(wrapper.Compression, wrapped, buffer);
        ReadOnlyMemory<byte> rest = buffer.Memory[start..].ToArray();
        var first = records.Count;
        while (RecordBatch.TryTake(ref rest, out var inner))
        {
            if (inner.Header.Magic >= BatchHeader.SupportedMagic)
                throw new InvalidDataException($"the wrapper at offset {wrapper.BaseOffset} holds a batch of magic {inner.Header.Magic}");
            if (!inner.HasValidCrc)
                throw new InvalidDataException($"the CRC-32 of a message in the wrapper at offset {wrapper.BaseOffset} does not match its bytes");
            Read(inner, depth + 1);
        }

        if (rest.Length > 0 || records.Count == first)
            throw new InvalidDataException($"the wrapper at offset {wrapper.BaseOffset} ends inside a message, or holds none");
        if (wrapper.Magic == 1)
            Relate(wrapper, first);
    }

    /// <summary>In magic 1 offsets inside a wrapper are relative, and the wrapper's own is that of its last record; its time counts where it is the broker's.</summary>
    private void Relate(in BatchHeader wrapper, int first)
    {
        var shift = wrapper.BaseOffset - records[^1].Offset;
        for (var i = first; i < records.Count; i++)
        {
            var record = records[i];
            if (record.Offset + shift < 0 || (i > first && record.Offset + shift <= records[i - 1].Offset))
                throw new InvalidDataException($"offsets in the wrapper at offset {wrapper.BaseOffset} do not ascend");
            records[i] = record with
            {
                Offset = record.Offset + shift,
                Timestamp = wrapper.TimestampType == TimestampType.LogAppendTime ? wrapper.MaxTimestamp : record.Timestamp,
            };
        }
    }

    private static ReadOnlyMemory<byte>? Blob(ref ReadOnlyMemory<byte> rest, long offset)
    {
        var length = rest.Length < sizeof(int) ? throw new InvalidDataException($"the message at offset {offset} ends inside a length") : BinaryPrimitives.ReadInt32BigEndian(rest.Span);
        rest = rest[sizeof(int)..];
        if (length < 0)
            return null;
        if (length > rest.Length)
            throw new InvalidDataException($"a field of the message at offset {offset} claims {length} bytes where {rest.Length} are left");
        var blob = rest[..length];
        rest = rest[length..];
        return blob;
    }
}
