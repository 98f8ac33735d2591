using System.Buffers.Binary;

namespace KafkaBackup.Repository.Indexes;

/// <summary>An entry of an offset index: to find the offset, or a later one, read batches from the position.</summary>
/// <param name="Offset">The last offset of the batch at the position, or of a run of batches that begins there.</param>
/// <param name="Position">Bytes from the segment's start.</param>
public readonly record struct OffsetIndexEntry(long Offset, int Position);

/// <summary>A segment's <c>.index</c>, Kafka's own or the repository's. Source: FORMAT.md, "Indexes"; Kafka's OffsetIndex.</summary>
/// <param name="Entries">The entries, in the file's order.</param>
public sealed record OffsetIndex(IReadOnlyList<OffsetIndexEntry> Entries)
{
    /// <summary>Bytes of an entry.</summary>
    public const int EntrySize = 8;

    /// <summary>Reads a whole index file.</summary>
    /// <param name="bytes">The file, trimmed to its entries as brokers leave it at a clean stop.</param>
    /// <param name="baseOffset">The offset that names the segment.</param>
    /// <exception cref="InvalidDataException">The size is no multiple of an entry's.</exception>
    public static OffsetIndex Read(ReadOnlySpan<byte> bytes, long baseOffset)
    {
        var entries = new OffsetIndexEntry[IndexFile.Count(bytes, EntrySize)];
        for (var i = 0; i < entries.Length; i++, bytes = bytes[EntrySize..])
            entries[i] = new OffsetIndexEntry(baseOffset + BinaryPrimitives.ReadInt32BigEndian(bytes), BinaryPrimitives.ReadInt32BigEndian(bytes[4..]));
        return new OffsetIndex(entries);
    }

    /// <summary>The position from which to read to find the first batch whose last offset is not below <paramref name="offset"/>; 0 without an entry that
    /// helps.</summary>
    public int PositionOf(long offset) => EntryFor(offset)?.Position ?? 0;

    /// <summary>The last entry that is not above <paramref name="offset"/>; null if there is none.</summary>
    public OffsetIndexEntry? EntryFor(long offset)
    {
        var (low, high) = (0, Entries.Count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Entries[middle].Offset <= offset)
                low = middle + 1;
            else
                high = middle;
        }

        return low == 0 ? null : Entries[low - 1];
    }
}
