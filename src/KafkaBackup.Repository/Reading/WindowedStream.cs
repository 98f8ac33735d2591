using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Reading;

/// <summary>
/// A range of an object, read in windows that grow: whoever stops early has not asked the store for much more than was needed, and whoever goes on soon reads in
/// large pieces.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="name">The object.</param>
/// <param name="offset">The range's first byte.</param>
/// <param name="length">The range's bytes.</param>
internal sealed class WindowedStream(IObjectStore store, string name, long offset, long length) : Stream
{
    private const long FirstWindow = 64 << 10;
    private const long LargestWindow = 16 << 20;

    private Stream? window;
    private long windowLeft;
    private long nextWindow = FirstWindow;
    private long taken;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => taken;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (taken == length || buffer.Length == 0)
            return 0;
        if (windowLeft == 0)
            await OpenAsync(cancellationToken);
        var got = await window!.ReadAsync(buffer[..(int)Math.Min(buffer.Length, windowLeft)], cancellationToken);
        taken += got;
        windowLeft -= got;
        return got;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (window is not null)
            await window.DisposeAsync();
        window = null;
        await base.DisposeAsync();
    }

    private async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        if (window is not null)
            await window.DisposeAsync();
        windowLeft = Math.Min(nextWindow, length - taken);
        window = await store.OpenReadAsync(name, offset + taken, windowLeft, cancellationToken);
        nextWindow = Math.Min(nextWindow * 2, LargestWindow);
    }
}
