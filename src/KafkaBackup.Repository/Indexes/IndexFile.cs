namespace KafkaBackup.Repository.Indexes;

/// <summary>What the three kinds of index have in common: entries of one size, one after the other.</summary>
internal static class IndexFile
{
    public static int Count(ReadOnlySpan<byte> bytes, int entrySize) => bytes.Length % entrySize == 0
        ? bytes.Length / entrySize
        : throw new InvalidDataException($"{bytes.Length} bytes are no multiple of an entry's {entrySize}");
}
