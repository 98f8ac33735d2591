using System.Buffers;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Segments;

/// <summary>Takes whole batches off a stream, one after the other, CRCs checked, through a pooled buffer that grows only for a larger batch.</summary>
/// <param name="stream">The bytes; disposed of with this.</param>
/// <param name="length">The bytes that there have to be.</param>
/// <param name="passing">Sees all bytes, in order, as they are read.</param>
internal sealed class BatchStream(Stream stream, long length, Action<ReadOnlySpan<byte>> passing) : IAsyncDisposable
{
    private const int BufferBytes = 1 << 20;

    private byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(length, BatchHeader.Size, BufferBytes));
    private int start;
    private int end;
    private long taken;
    private long read;

    /// <summary>The batch that was read last; its bytes hold until the next is read.</summary>
    public RecordBatch Current { get; private set; }

    /// <summary>The position of the next batch, in bytes from the start.</summary>
    public long Position => taken;

    /// <summary>Reads the next batch; false at the end, when all bytes have passed.</summary>
    /// <exception cref="InvalidBatchException">There is no whole, undamaged batch.</exception>
    /// <exception cref="EndOfStreamException">There are fewer bytes than there have to be.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (taken < length)
        {
            if (TryTake(out var missing))
                return true;
            await FillAsync(missing, cancellationToken);
        }

        return false;
    }

    public async ValueTask DisposeAsync()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        Current = default;
        await stream.DisposeAsync();
    }

    private bool TryTake(out int missing)
    {
        var available = buffer.AsMemory(start, end - start);
        missing = BatchHeader.Size;
        if (!BatchHeader.TryRead(available.Span, out var header))
        {
            // The tail may be too short for a header, but the base offset tells where.
            return length - taken >= BatchHeader.Size || available.Length < length - taken
                ? false
                : throw new InvalidBatchException(BaseOffset(available.Span), $"only {length - taken} bytes are left for it");
        }

        if (header.TotalSize > length - taken)
            throw new InvalidBatchException(header.BaseOffset, $"it claims {header.TotalSize} bytes, {length - taken} are left");
        missing = header.TotalSize;
        if (available.Length < header.TotalSize)
            return false;
        Current = new RecordBatch(header, available[..header.TotalSize]);
        if (!Current.HasValidCrc)
            throw new InvalidBatchException(header.BaseOffset, "its bytes do not have its CRC");
        start += header.TotalSize;
        taken += header.TotalSize;
        return true;
    }

    private async ValueTask FillAsync(int needed, CancellationToken cancellationToken)
    {
        MakeRoom(needed);
        var count = (int)Math.Min(buffer.Length - end, length - read);
        var got = await stream.ReadAsync(buffer.AsMemory(end, count), cancellationToken);
        if (got == 0)
            throw new EndOfStreamException($"{read} bytes are there of {length}");
        passing(buffer.AsSpan(end, got));
        end += got;
        read += got;
    }

    private void MakeRoom(int needed)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (needed <= buffer.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(needed);
        buffer.AsSpan(0, end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    private static long BaseOffset(ReadOnlySpan<byte> bytes) => bytes.Length >= 8 ? System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes) : -1;
}
