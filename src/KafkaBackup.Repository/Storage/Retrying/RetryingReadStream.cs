namespace KafkaBackup.Repository.Storage.Retrying;

/// <summary>Reads an object, or a range of it, and opens it again where the reading broke off.</summary>
internal sealed class RetryingReadStream(IObjectStore store, TransientRetry retry, string name, long offset, long? length, Stream first) : ForwardStream
{
    private Stream? current = first;

    protected override ValueTask<int> ReadNextAsync(Memory<byte> buffer, CancellationToken cancellationToken) => retry.RunAsync(
        async token =>
        {
            try
            {
                current ??= await store.OpenReadAsync(name, offset + Position, length - Position, token);
                return await current.ReadAsync(buffer, token);
            }
            catch (Exception e) when (TransientRetry.IsTransient(e) && current is not null)
            {
                await current.DisposeAsync();
                current = null;
                throw;
            }
        },
        cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            current?.Dispose();
        current = null;
        base.Dispose(disposing);
    }
}
