using System.Runtime.CompilerServices;

namespace KafkaBackup.Repository.Storage.Retrying;

/// <summary>
/// Makes calls again that failed in a way that may pass: the place was busy or out of reach, or its answer was lost. A creation that was carried out although its answer
/// was lost finds itself there, with equal bytes, which is success; a reading goes on where it broke off, and so does a listing. A place that has
/// never answered is given up sooner.
/// </summary>
/// <param name="inner">The store.</param>
/// <param name="options">How often.</param>
/// <param name="time">The clock that waits are measured by.</param>
public sealed class RetryingObjectStore(IObjectStore inner, RetryOptions options, TimeProvider time) : IObjectStore
{
    private readonly TransientRetry retry = new(options, time);

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        RunAsync(token => inner.CreateAsync(name, content, token), cancellationToken);

    /// <inheritdoc/>
    public async Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) =>
        new RetryingUpload(await RunAsync(token => inner.BeginUploadAsync(name, token), cancellationToken), retry);

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default) =>
        new RetryingReadStream(inner, retry, name, offset, length, await RunAsync(token => inner.OpenReadAsync(name, offset, length, token), cancellationToken));

    /// <inheritdoc/>
    public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) =>
        RunAsync(token => inner.GetLengthAsync(name, token), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? last = null;
        var objects = inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await RunAsync(MoveAsync, cancellationToken))
            {
                last = objects.Current.Name;
                yield return objects.Current;
            }
        }
        finally
        {
            await objects.DisposeAsync();
        }

        // A listing that broke off is begun again, and passes over the names that were told before: names come in order.
        async Task<bool> MoveAsync(CancellationToken token)
        {
            try
            {
                while (await objects.MoveNextAsync())
                {
                    if (last is null || string.CompareOrdinal(objects.Current.Name, last) > 0)
                        return true;
                }

                return false;
            }
            catch (Exception e) when (TransientRetry.IsTransient(e))
            {
                await objects.DisposeAsync();
                objects = inner.ListAsync(prefix, token).GetAsyncEnumerator(token);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) => RunAsync(
        async token =>
        {
            await inner.DeleteAsync(name, token);
            return true;
        },
        cancellationToken);

    private Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        retry.RunAsync(token => new ValueTask<T>(call(token)), cancellationToken).AsTask();
}
