using System.Buffers.Binary;

namespace KafkaBackup.Repository.Indexes;

/// <summary>An entry of a time index: no batch up to the offset has a larger timestamp.</summary>
/// <param name="Timestamp">The largest timestamp so far, in milliseconds.</param>
/// <param name="Offset">The last offset of the batch that brought it.</param>
public readonly record struct TimeIndexEntry(long Timestamp, long Offset);

/// <summary>A segment's <c>.timeindex</c>, Kafka's own or the repository's. Source: FORMAT.md, "Indexes"; Kafka's TimeIndex.</summary>
/// <param name="Entries">The entries, in the file's order.</param>
public sealed record TimeIndex(IReadOnlyList<TimeIndexEntry> Entries)
{
    /// <summary>Bytes of an entry.</summary>
    public const int EntrySize = 12;

    /// <summary>Reads a whole index file.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="baseOffset">The offset that names the segment.</param>
    /// <exception cref="InvalidDataException">The size is no multiple of an entry's.</exception>
    public static TimeIndex Read(ReadOnlySpan<byte> bytes, long baseOffset)
    {
        var entries = new TimeIndexEntry[IndexFile.Count(bytes, EntrySize)];
        for (var i = 0; i < entries.Length; i++, bytes = bytes[EntrySize..])
            entries[i] = new TimeIndexEntry(BinaryPrimitives.ReadInt64BigEndian(bytes), baseOffset + BinaryPrimitives.ReadInt32BigEndian(bytes[8..]));
        return new TimeIndex(entries);
    }

    /// <summary>An offset from which to look for the first batch whose timestamps reach <paramref name="timestamp"/>: none is missed by starting
    /// there.</summary>
    /// <returns>Null if looking has to start at the segment's start.</returns>
    public long? OffsetBefore(long timestamp) => EntryBefore(timestamp)?.Offset;

    /// <summary>The last entry before the first whose timestamp reaches <paramref name="timestamp"/>; null if there is none.</summary>
    public TimeIndexEntry? EntryBefore(long timestamp)
    {
        TimeIndexEntry? before = null;
        foreach (var entry in Entries)
        {
            if (entry.Timestamp >= timestamp)
                break;
            before = entry;
        }

        return before;
    }
}
