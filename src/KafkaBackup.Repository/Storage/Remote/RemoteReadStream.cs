namespace KafkaBackup.Repository.Storage.Remote;

/// <summary>An object's bytes as they come from a service, with the errors on the way as those of the repository.</summary>
/// <param name="inner">The bytes.</param>
/// <param name="explain">Says what an error means; null for one that is not the service's.</param>
/// <param name="patience">How long one read may take.</param>
/// <param name="owner">What is disposed of with the stream.</param>
public sealed class RemoteReadStream(Stream inner, Func<Exception, Exception?> explain, TimeSpan patience, IDisposable? owner = null) : ForwardStream
{
    /// <inheritdoc/>
    protected override async ValueTask<int> ReadNextAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        try
        {
            return await inner.ReadAsync(buffer, deadline.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && explain(e) is { } explained)
        {
            throw explained;
        }
    }

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
