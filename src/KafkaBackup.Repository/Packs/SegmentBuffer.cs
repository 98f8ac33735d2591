using System.Buffers;

namespace KafkaBackup.Repository.Packs;

/// <summary>
/// Bytes of a segment that is not finished, in pooled memory: in pieces, so that nothing is copied as it grows, and what is given back fits any other segment.
/// </summary>
internal sealed class SegmentBuffer : IDisposable
{
    private const int LeastPiece = 4 << 10;
    private const int MostPiece = 256 << 10;

    private readonly List<byte[]> pieces = [];
    private int free;

    /// <summary>The bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>The memory taken.</summary>
    public int Capacity => Length + free;

    /// <summary>The bytes written, piece by piece.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Written =>
        pieces.Select((piece, i) => new ReadOnlyMemory<byte>(piece, 0, i == pieces.Count - 1 ? piece.Length - free : piece.Length));

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (free == 0)
            {
                pieces.Add(ArrayPool<byte>.Shared.Rent(Math.Clamp(Length, LeastPiece, MostPiece)));
                free = pieces[^1].Length;
            }

            var count = Math.Min(free, bytes.Length);
            bytes[..count].CopyTo(pieces[^1].AsSpan(pieces[^1].Length - free));
            bytes = bytes[count..];
            Length += count;
            free -= count;
        }
    }

    public void Dispose()
    {
        foreach (var piece in pieces)
            ArrayPool<byte>.Shared.Return(piece);
        pieces.Clear();
        (Length, free) = (0, 0);
    }
}
