using Microsoft.Win32.SafeHandles;

namespace KafkaBackup.Repository.Storage;

/// <summary>Reads a range of a file from start to end, without a buffer of its own.</summary>
internal sealed class FileRangeStream(SafeFileHandle handle, long offset, long? count) : Stream
{
    private readonly long start = offset;
    private readonly long end = count < long.MaxValue - offset ? offset + count.Value : long.MaxValue;
    private long position = offset;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => position - start;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var read = RandomAccess.Read(handle, buffer[..(int)Math.Min(buffer.Length, end - position)], position);
        position += read;
        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await RandomAccess.ReadAsync(handle, buffer[..(int)Math.Min(buffer.Length, end - position)], position, cancellationToken);
        position += read;
        return read;
    }

    public override int Read(byte[] buffer, int index, int length) => Read(buffer.AsSpan(index, length));

    public override Task<int> ReadAsync(byte[] buffer, int index, int length, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(index, length), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long distance, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int index, int length) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            handle.Dispose();
        base.Dispose(disposing);
    }
}
