using System.Buffers.Binary;
using System.Globalization;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Packs;

/// <summary>The places in a pack, and packs' names. Source: FORMAT.md, "Packs".</summary>
internal static class PackLayout
{
    public const string Prefix = "packs/";
    public const int TrailerBytes = 8;
    public const int SizesBytes = 12;

    private static ReadOnlySpan<byte> End => "KBPK"u8;

    /// <summary>The common start of the names of the packs that one share of a run's partitions writes.</summary>
    public static string NamesOf(string generation, int slice) => $"{Prefix}{generation}/{Number(slice)}-";

    /// <summary>The name of a share's pack.</summary>
    public static string Name(string generation, int slice, int number) => NamesOf(generation, slice) + Number(number);

    /// <summary>The number of a pack among those of its share; null if it is not the name of one.</summary>
    public static int? NumberOf(string name) =>
        int.TryParse(name.AsSpan(name.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>What follows a segment's log in a pack: the sizes of its indexes, and they.</summary>
    public static byte[] IndexBlock(SegmentIndexFiles indexes)
    {
        var (offsets, times, transactions) = (indexes.OffsetIndex, indexes.TimeIndex, indexes.TransactionIndex ?? default);
        var block = new byte[SizesBytes + offsets.Length + times.Length + transactions.Length];
        BinaryPrimitives.WriteInt32BigEndian(block, offsets.Length);
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(4), times.Length);
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(8), transactions.Length);
        var rest = block.AsMemory(SizesBytes);
        offsets.CopyTo(rest);
        times.CopyTo(rest[offsets.Length..]);
        transactions.CopyTo(rest[(offsets.Length + times.Length)..]);
        return block;
    }

    /// <summary>Takes the indexes out of a block, which may be followed by other bytes; null if it is too short, or its sizes are no sizes.</summary>
    public static SegmentIndexFiles? ReadIndexBlock(ReadOnlyMemory<byte> bytes, SegmentReference segment)
    {
        if (bytes.Length < SizesBytes)
            return null;
        var (offsets, times, transactions) = (
            BinaryPrimitives.ReadInt32BigEndian(bytes.Span),
            BinaryPrimitives.ReadInt32BigEndian(bytes.Span[4..]),
            BinaryPrimitives.ReadInt32BigEndian(bytes.Span[8..]));
        var rest = bytes[SizesBytes..];
        if (offsets < 0 || times < 0 || transactions < 0 || (long)offsets + times + transactions > rest.Length || (transactions > 0) != (segment.Aborted.Count > 0))
            return null;
        return new SegmentIndexFiles(
            rest[..offsets], rest.Slice(offsets, times), transactions > 0 ? (ReadOnlyMemory<byte>?)rest.Slice(offsets + times, transactions) : null);
    }

    /// <summary>The bytes that a segment's index block has at most: each entry of an index is for more than an interval of the log, and for a batch of its own.</summary>
    public static long LargestIndexBlock(SegmentReference segment)
    {
        var entries = Math.Min(segment.Batches, (segment.Length / (segment.IndexInterval + 1L)) + 1);
        return SizesBytes + (entries * Indexes.OffsetIndex.EntrySize) + ((entries + 1) * Indexes.TimeIndex.EntrySize) + (segment.Aborted.Count * (long)Indexes.TransactionIndex.EntrySize);
    }

    /// <summary>The last bytes of a pack.</summary>
    public static byte[] Trailer(int directoryBytes)
    {
        var trailer = new byte[TrailerBytes];
        BinaryPrimitives.WriteInt32BigEndian(trailer, directoryBytes);
        End.CopyTo(trailer.AsSpan(4));
        return trailer;
    }

    /// <summary>The bytes of the directory that the trailer tells; null if it is no trailer.</summary>
    public static int? ReadTrailer(ReadOnlySpan<byte> trailer) =>
        trailer.Length == TrailerBytes && trailer[4..].SequenceEqual(End) && BinaryPrimitives.ReadInt32BigEndian(trailer) is >= 0 and var bytes ? bytes : null;

    private static string Number(int number) => number.ToString("D5", CultureInfo.InvariantCulture);
}
