namespace KafkaBackup.Repository.Storage.Retrying;

/// <summary>Reads an object, or a range of it, and opens it again where the reading broke off.</summary>
internal sealed class RetryingReadStream(IObjectStore store, TransientRetry retry, string name, long offset, long? length, Stream first) : Stream
{
    private Stream? current = first;
    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => retry.RunAsync(
        async token =>
        {
            try
            {
                current ??= await store.OpenReadAsync(name, offset + position, length - position, token);
                var read = await current.ReadAsync(buffer, token);
                position += read;
                return read;
            }
            catch (Exception e) when (TransientRetry.IsTransient(e) && current is not null)
            {
                await current.DisposeAsync();
                current = null;
                throw;
            }
        },
        cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int index, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(index, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int index, int count) => ReadAsync(buffer.AsMemory(index, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long distance, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int index, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            current?.Dispose();
        current = null;
        base.Dispose(disposing);
    }
}
