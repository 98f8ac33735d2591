using System.Buffers;

namespace KafkaBackup.Kafka.Connections;

/// <summary>
/// The memory of one connection's responses. Large buffers are kept for the next ones, so many as a lane has on their way at once, and no
/// larger than was needed: a shared pool would round each up to a power of two, and keep them all.
/// </summary>
internal sealed class FrameBuffers
{
    /// <summary>What comes next while what came is written.</summary>
    private const int Kept = 2;

    private const int Large = 256 << 10;
    private readonly List<byte[]> _free = [];

    public byte[] Rent(int size)
    {
        if (size <= Large)
            return ArrayPool<byte>.Shared.Rent(size);
        lock (_free)
        {
            var best = _free.Where(b => b.Length >= size).MinBy(b => b.Length);
            if (best is not null)
            {
                _free.Remove(best);
                return best;
            }

            // What is too small now is not kept beside what is large enough.
            if (_free.MinBy(b => b.Length) is { } smallest)
                _free.Remove(smallest);
        }

        return GC.AllocateUninitializedArray<byte>((int)Math.Min(Array.MaxLength, (size + Large - 1L) / Large * Large));
    }

    public void Return(byte[] buffer)
    {
        if (buffer.Length < Large)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            return;
        }

        lock (_free)
        {
            if (_free.Count < Kept)
                _free.Add(buffer);
        }
    }
}
