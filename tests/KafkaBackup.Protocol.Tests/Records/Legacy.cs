using System.Buffers.Binary;
using System.IO.Hashing;
using KafkaBackup.Protocol.Compression;

namespace KafkaBackup.Protocol.Tests.Records;

/// <summary>Writes messages of magic 0 and 1, as brokers before 0.11 had them: the product only reads them.</summary>
internal static class Legacy
{
    public static byte[] Message(byte magic, long offset, byte[]? key, byte[]? value, int attributes = 0, long timestamp = 0)
    {
        var inner = new MemoryStream();
        inner.WriteByte(magic);
        inner.WriteByte((byte)attributes);
        if (magic == 1)
            Write(inner, timestamp);
        foreach (var blob in (byte[]?[])[key, value])
        {
            Write(inner, blob?.Length ?? -1);
            inner.Write(blob ?? []);
        }

        var message = new MemoryStream();
        Write(message, offset);
        Write(message, (int)inner.Length + 4);
        var crc = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32.HashToUInt32(inner.ToArray()));
        message.Write(crc);
        message.Write(inner.ToArray());
        return message.ToArray();
    }

    public static byte[] Wrapper(byte magic, long offset, CompressionType codec, IEnumerable<byte[]> messages, bool logAppendTime = false, long timestamp = 0)
    {
        using var buffer = new PooledBuffer();
        CompressionCodecs.Compress(codec, messages.SelectMany(m => m).ToArray(), buffer);
        return Message(magic, offset, null, buffer.Memory.ToArray(), (int)codec | (logAppendTime ? 8 : 0), timestamp);
    }

    /// <summary>Computes a message's checksum anew, after it was changed.</summary>
    public static byte[] Seal(byte[] message)
    {
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), Crc32.HashToUInt32(message.AsSpan(16)));
        return message;
    }

    private static void Write(Stream stream, long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void Write(Stream stream, int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        stream.Write(bytes);
    }
}
