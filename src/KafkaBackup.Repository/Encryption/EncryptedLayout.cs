namespace KafkaBackup.Repository.Encryption;

/// <summary>Sizes and positions in an encrypted object. Source: FORMAT.md, "Encrypted objects".</summary>
internal static class EncryptedLayout
{
    /// <summary>Bytes of plain content in a chunk.</summary>
    public const int ChunkBytes = 65536;

    public const int TagBytes = 16;

    /// <summary>Bytes that a full chunk takes in the store.</summary>
    public const int StoredChunkBytes = ChunkBytes + TagBytes;

    /// <summary>The largest plain offset whose chunk has a position in the store.</summary>
    public const long LargestOffset = (long.MaxValue - EncryptedHeader.Bytes) / StoredChunkBytes * ChunkBytes;

    public static long StoredLength(long plain) => EncryptedHeader.Bytes + plain + (TagBytes * Math.Max(1, (plain + ChunkBytes - 1) / ChunkBytes));

    /// <summary>The plain length of a stored one. What is too short to be an encrypted object counts as empty: reading it tells.</summary>
    public static long PlainLength(long stored)
    {
        var chunks = Math.Max(0, stored - EncryptedHeader.Bytes);
        return Math.Max(0, chunks - (TagBytes * ((chunks + StoredChunkBytes - 1) / StoredChunkBytes)));
    }

    /// <summary>Where a chunk begins in the store.</summary>
    public static long PositionOf(long chunk) => EncryptedHeader.Bytes + (chunk * StoredChunkBytes);
}
