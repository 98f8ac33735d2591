namespace KafkaBackup.Repository.Storage.Limited;

/// <summary>Holds a store's writing and reading together to so many bytes a second, over all objects. What is read is paid for after it came, what is written before it goes.</summary>
/// <param name="inner">The store.</param>
/// <param name="bytesPerSecond">The limit, above 0.</param>
/// <param name="time">The clock.</param>
public sealed class RateLimitedObjectStore(IObjectStore inner, long bytesPerSecond, TimeProvider time) : IObjectStore
{
    private readonly BytePace pace = new(bytesPerSecond > 0 ? bytesPerSecond : throw new ArgumentOutOfRangeException(nameof(bytesPerSecond), "a rate limit is above 0"), time);

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public async Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        await pace.PassAsync(content.Length, cancellationToken);
        return await inner.CreateAsync(name, content, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) =>
        new Upload(await inner.BeginUploadAsync(name, cancellationToken), pace);

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default) =>
        new PassingStream(
            await inner.OpenReadAsync(name, offset, length, cancellationToken),
            async (read, token) =>
            {
                var count = await read();
                await pace.PassAsync(count, token);
                return count;
            });

    /// <inheritdoc/>
    public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) => inner.GetLengthAsync(name, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken = default) => inner.ListAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) => inner.DeleteAsync(name, cancellationToken);

    private sealed class Upload(IObjectUpload inner, BytePace pace) : IObjectUpload
    {
        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
        {
            await pace.PassAsync(bytes.Length, cancellationToken);
            await inner.WriteAsync(bytes, cancellationToken);
        }

        public Task<CreateOutcome> CommitAsync(CancellationToken cancellationToken = default) => inner.CommitAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
