using System.Buffers.Binary;

namespace KafkaBackup.Bench;

/// <summary>Values one after the other, each behind its partition and its length: what the loops write and read.</summary>
internal static class ValueFile
{
    private const int BufferBytes = 1 << 20;

    public static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);

    public static void Write(FileStream file, int partition, byte[] value)
    {
        Span<byte> head = stackalloc byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(head, partition);
        BinaryPrimitives.WriteInt32LittleEndian(head[sizeof(int)..], value.Length);
        file.Write(head);
        file.Write(value);
    }

    public static IEnumerable<(int Partition, byte[] Value)> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        var head = new byte[2 * sizeof(int)];
        while (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            var value = new byte[BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(sizeof(int)))];
            file.ReadExactly(value);
            yield return (BinaryPrimitives.ReadInt32LittleEndian(head), value);
        }
    }
}
