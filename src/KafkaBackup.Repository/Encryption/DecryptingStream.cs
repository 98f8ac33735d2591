using System.Buffers;
using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Encryption;

/// <summary>Gives the plain content of consecutive chunks. Nothing is given out that has not been authenticated.</summary>
internal sealed class DecryptingStream : Stream
{
    private const int MostChunksAtOnce = 8;

    private readonly Stream stored;
    private readonly ObjectCipher cipher;
    private readonly string name;
    private readonly int capacity;
    private byte[] buffer;
    private long chunk;
    private long chunksLeft;
    private long plainLeft;
    private int skip;
    private (int Start, int End) waiting;
    private (int Start, int End) plain;
    private bool isAtEnd;

    /// <param name="stored">The chunks as they are stored, and at least one byte more if there is more; disposed of with this.</param>
    /// <param name="cipher">The object's cipher; disposed of with this.</param>
    /// <param name="name">The object's name, for errors.</param>
    /// <param name="offset">The plain offset to begin at, in the first chunk that is given.</param>
    /// <param name="length">Bytes to read at most; null for all.</param>
    public DecryptingStream(Stream stored, ObjectCipher cipher, string name, long offset, long? length)
    {
        (this.stored, this.cipher, this.name) = (stored, cipher, name);
        (chunk, skip) = (offset / EncryptedLayout.ChunkBytes, (int)(offset % EncryptedLayout.ChunkBytes));
        plainLeft = length ?? long.MaxValue;
        chunksLeft = ChunksFor(offset, length) ?? long.MaxValue;
        capacity = ((int)Math.Clamp(chunksLeft, 1, MostChunksAtOnce) * EncryptedLayout.StoredChunkBytes) + 1;
        buffer = ArrayPool<byte>.Shared.Rent(capacity);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private bool IsDone => plainLeft == 0 || chunksLeft == 0;

    /// <summary>A chunk is the last one if nothing is behind it: so one byte more than the chunk has to have come, or the end.</summary>
    private bool NeedsMore => !isAtEnd && waiting.End - waiting.Start <= EncryptedLayout.StoredChunkBytes;

    /// <summary>How many chunks a range touches; null for all to the end.</summary>
    public static long? ChunksFor(long offset, long? length) => length switch
    {
        null or > EncryptedLayout.LargestOffset - EncryptedLayout.ChunkBytes => null,
        0 => 0,
        _ => (((offset % EncryptedLayout.ChunkBytes) + length.Value - 1) / EncryptedLayout.ChunkBytes) + 1,
    };

    public override int Read(Span<byte> destination)
    {
        while (plain.Start == plain.End && !destination.IsEmpty && !IsDone)
        {
            if (NeedsMore)
                Arrived(stored.ReadAtLeast(Room().Span, capacity - waiting.End, throwOnEndOfStream: false));
            DecryptNext();
        }

        return Give(destination);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        while (plain.Start == plain.End && !destination.IsEmpty && !IsDone)
        {
            if (NeedsMore)
                Arrived(await stored.ReadAtLeastAsync(Room(), capacity - waiting.End, throwOnEndOfStream: false, cancellationToken));
            DecryptNext();
        }

        return Give(destination.Span);
    }

    public override int Read(byte[] destination, int index, int count) => Read(destination.AsSpan(index, count));

    public override Task<int> ReadAsync(byte[] destination, int index, int count, CancellationToken cancellationToken) =>
        ReadAsync(destination.AsMemory(index, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long distance, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] source, int index, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await stored.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && buffer.Length > 0)
        {
            stored.Dispose();
            cipher.Dispose();
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            (buffer, plain, plainLeft) = ([], default, 0);
        }

        base.Dispose(disposing);
    }

    private Memory<byte> Room()
    {
        var kept = buffer.AsSpan(waiting.Start..waiting.End);
        kept.CopyTo(buffer);
        (waiting, plain) = ((0, kept.Length), default);
        return buffer.AsMemory(waiting.End, capacity - waiting.End);
    }

    private void Arrived(int count)
    {
        isAtEnd = count < capacity - waiting.End;
        waiting.End += count;
    }

    private void DecryptNext()
    {
        var left = waiting.End - waiting.Start;
        if (left == 0 && chunk > 0)
        {
            // The range begins behind the object's end.
            chunksLeft = 0;
            return;
        }

        var size = Math.Min(left, EncryptedLayout.StoredChunkBytes);
        var isLast = left == size;
        if (size < EncryptedLayout.TagBytes || !cipher.TryDecrypt(chunk, isLast, buffer.AsSpan(waiting.Start, size)))
            throw new DamagedObjectException(name, $"its bytes from {chunk * EncryptedLayout.ChunkBytes} on do not decrypt: it was changed or cut off, or is another object");
        plain = (waiting.Start + Math.Min(skip, size - EncryptedLayout.TagBytes), waiting.Start + size - EncryptedLayout.TagBytes);
        waiting.Start += size;
        skip = 0;
        chunk++;
        chunksLeft = isLast ? 0 : chunksLeft - 1;
    }

    private int Give(Span<byte> destination)
    {
        var count = (int)Math.Min(Math.Min(destination.Length, plain.End - plain.Start), plainLeft);
        buffer.AsSpan(plain.Start, count).CopyTo(destination);
        plain.Start += count;
        plainLeft -= count;
        return count;
    }
}
