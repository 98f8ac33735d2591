namespace KafkaBackup.Protocol.Compression;

/// <summary>One compression codec as Kafka's clients use it.</summary>
internal interface ICompressionCodec
{
    /// <summary>Appends what <paramref name="source"/> decompresses to.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or holds more than <paramref name="target"/> allows.</exception>
    void Decompress(ReadOnlyMemory<byte> source, PooledBuffer target);

    /// <summary>Appends <paramref name="source"/>, compressed.</summary>
    void Compress(ReadOnlyMemory<byte> source, PooledBuffer target);
}
