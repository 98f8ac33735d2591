namespace KafkaBackup.Protocol.Compression;

/// <summary>How a batch's records are compressed. Source: the lowest three bits of the record batch's attributes.</summary>
public enum CompressionType
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}
