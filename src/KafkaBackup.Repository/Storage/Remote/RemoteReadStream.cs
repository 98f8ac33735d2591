namespace KafkaBackup.Repository.Storage.Remote;

/// <summary>An object's bytes as they come from a service, with the errors on the way as those of the repository.</summary>
/// <param name="inner">The bytes.</param>
/// <param name="explain">Says what an error means; null for one that is not the service's.</param>
/// <param name="patience">How long one read may take.</param>
/// <param name="owner">What is disposed of with the stream.</param>
public sealed class RemoteReadStream(Stream inner, Func<Exception, Exception?> explain, TimeSpan patience, IDisposable? owner = null) : Stream
{
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

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        try
        {
            var read = await inner.ReadAsync(buffer, deadline.Token);
            position += read;
            return read;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && explain(e) is { } explained)
        {
            throw explained;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        try
        {
            var read = inner.Read(buffer, offset, count);
            position += read;
            return read;
        }
        catch (Exception e) when (explain(e) is { } explained)
        {
            throw explained;
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            owner?.Dispose();
        }

        base.Dispose(disposing);
    }
}
