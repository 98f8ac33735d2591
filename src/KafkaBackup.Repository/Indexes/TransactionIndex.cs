using System.Buffers.Binary;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Indexes;

/// <summary>An entry of a transaction index: one aborted transaction. Its offsets are absolute.</summary>
/// <param name="ProducerId">The producer.</param>
/// <param name="First">The transaction's first offset.</param>
/// <param name="Last">Its last: in a broker's file, the marker's.</param>
/// <param name="LastStableOffset">Aborted transactions in later entries begin at or above this; -1 is unknown.</param>
public readonly record struct TransactionIndexEntry(long ProducerId, long First, long Last, long LastStableOffset);

/// <summary>A segment's <c>.txnindex</c>, Kafka's own or the repository's. Source: FORMAT.md, "Indexes"; Kafka's AbortedTxn.</summary>
/// <param name="Entries">The entries, in the file's order: by last offset.</param>
public sealed record TransactionIndex(IReadOnlyList<TransactionIndexEntry> Entries)
{
    /// <summary>Bytes of an entry.</summary>
    public const int EntrySize = 34;

    /// <summary>Reads a whole index file.</summary>
    /// <exception cref="InvalidDataException">The size is no multiple of an entry's, or an entry's version is not 0.</exception>
    public static TransactionIndex Read(ReadOnlySpan<byte> bytes)
    {
        var entries = new TransactionIndexEntry[IndexFile.Count(bytes, EntrySize)];
        for (var i = 0; i < entries.Length; i++, bytes = bytes[EntrySize..])
        {
            if (BinaryPrimitives.ReadInt16BigEndian(bytes) is not 0 and var version)
                throw new InvalidDataException($"entry {i} has the unknown version {version}");
            entries[i] = new TransactionIndexEntry(
                BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
                BinaryPrimitives.ReadInt64BigEndian(bytes[10..]),
                BinaryPrimitives.ReadInt64BigEndian(bytes[18..]),
                BinaryPrimitives.ReadInt64BigEndian(bytes[26..]));
        }

        return new TransactionIndex(entries);
    }

    /// <summary>The index of a segment's aborted ranges. Source: FORMAT.md, "Indexes".</summary>
    public static TransactionIndex Of(IEnumerable<AbortedRange> ranges)
    {
        var sorted = ranges.OrderBy(range => range.Last).ThenBy(range => range.First).ThenBy(range => range.ProducerId).ToList();
        var entries = new TransactionIndexEntry[sorted.Count];
        var laterFirst = long.MaxValue;
        for (var i = entries.Length - 1; i >= 0; i--)
        {
            var range = sorted[i];
            entries[i] = new TransactionIndexEntry(range.ProducerId, range.First, range.Last, Math.Min(range.Last + 1, laterFirst));
            laterFirst = Math.Min(laterFirst, range.First);
        }

        return new TransactionIndex(entries);
    }

    /// <summary>The file's bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Entries.Count * EntrySize];
        var rest = bytes.AsSpan();
        foreach (var entry in Entries)
        {
            BinaryPrimitives.WriteInt64BigEndian(rest[2..], entry.ProducerId);
            BinaryPrimitives.WriteInt64BigEndian(rest[10..], entry.First);
            BinaryPrimitives.WriteInt64BigEndian(rest[18..], entry.Last);
            BinaryPrimitives.WriteInt64BigEndian(rest[26..], entry.LastStableOffset);
            rest = rest[EntrySize..];
        }

        return bytes;
    }

    /// <summary>The aborted ranges that the entries say.</summary>
    public IEnumerable<AbortedRange> Ranges() => Entries.Select(entry => new AbortedRange(entry.ProducerId, entry.First, entry.Last));
}
