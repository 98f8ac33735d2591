using System.Buffers;

namespace KafkaBackup.Protocol.Compression;

/// <summary>A growing buffer from the shared pool, which <see cref="Dispose"/> gives back.</summary>
/// <param name="limit">How many bytes it may come to hold; more is an <see cref="InvalidDataException"/>, so a decompression bomb ends here.</param>
public sealed class PooledBuffer(int limit = int.MaxValue) : IBufferWriter<byte>, IDisposable
{
    /// <summary>What a writer may ask for before it knows whether it needs it, in bytes.</summary>
    private const int Ahead = 64 << 10;

    private byte[] _buffer = [];

    /// <summary>How many bytes it may come to hold.</summary>
    public int Limit => limit;

    /// <summary>Bytes held.</summary>
    public int Length { get; private set; }

    /// <summary>What is held; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    /// <summary>What is held, to be changed in place; valid until the next write.</summary>
    public Span<byte> Span => _buffer.AsSpan(0, Length);

    /// <summary>Empties it; the memory is kept for what comes next.</summary>
    public void Clear() => Length = 0;

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Advance(bytes.Length);
    }

    public void Advance(int count)
    {
        if (Length + (long)count > limit)
            throw new InvalidDataException($"more than the {limit} bytes that are allowed");
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Length = 0;
    }

    private void Reserve(int bytes)
    {
        var needed = Length + (long)bytes;
        if (needed <= _buffer.Length)
            return;
        // Nothing is allocated that the limit forbids to be filled, but for the room that a writer asks for ahead.
        var most = Math.Min(Array.MaxLength, limit + (long)Ahead);
        if (needed > most)
            throw new InvalidDataException($"more than the {limit} bytes that are allowed");
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(most, Math.Max(needed, Math.Max(4096, _buffer.Length * 2L))));
        Span.CopyTo(larger);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
