using System.Buffers;

namespace KafkaBackup.Repository.Packs;

/// <summary>Bytes of a segment that is not finished, in pooled memory.</summary>
internal sealed class SegmentBuffer : IDisposable
{
    private const int LeastBytes = 4096;

    private byte[] bytes = [];

    /// <summary>The bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>The memory taken.</summary>
    public int Capacity => bytes.Length;

    public ReadOnlyMemory<byte> Written => bytes.AsMemory(0, Length);

    public void Append(ReadOnlySpan<byte> more)
    {
        if (bytes.Length - Length < more.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(LeastBytes, Length + more.Length));
            bytes.AsSpan(0, Length).CopyTo(larger);
            Return();
            bytes = larger;
        }

        more.CopyTo(bytes.AsSpan(Length));
        Length += more.Length;
    }

    public void Dispose()
    {
        Return();
        (bytes, Length) = ([], 0);
    }

    private void Return()
    {
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }
}
