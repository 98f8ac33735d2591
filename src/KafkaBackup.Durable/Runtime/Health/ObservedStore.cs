using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>A store that tells how it does.</summary>
internal sealed class ObservedStore(IHistoryStore inner, HistoryStoreHealth health, SecretGuard secrets) : IHistoryStore
{
    public Task OpenAsync(CancellationToken cancellation) => inner.OpenAsync(cancellation);

    public Task<InstanceRecord?> FindAsync(string instanceId, CancellationToken cancellation) => Observe(() => inner.FindAsync(instanceId, cancellation));

    public Task<StoredInstance?> LoadAsync(string instanceId, CancellationToken cancellation) => Observe(() => inner.LoadAsync(instanceId, cancellation));

    public Task<InstanceRecord> CommitAsync(HistoryCommit commit) => Observe(() => inner.CommitAsync(commit), isWrite: true);

    public Task<IReadOnlyList<string>> ListLiveAsync(CancellationToken cancellation) => Observe(() => inner.ListLiveAsync(cancellation));

    public Task<Page<InstanceRecord>> ListAsync(InstanceFilter filter, CancellationToken cancellation) => Observe(() => inner.ListAsync(filter, cancellation));

    public Task PurgeAsync(InstanceRecord instance) => Observe(
        async () =>
        {
            await inner.PurgeAsync(instance).ConfigureAwait(false);
            return true;
        },
        isWrite: true);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async Task<T> Observe<T>(Func<Task<T>> operation, bool isWrite = false)
    {
        try
        {
            var result = await operation().ConfigureAwait(false);
            health.Succeeded(isWrite);
            return result;
        }
        catch (Exception failure) when (failure is not (FencedException or ArgumentException or OperationCanceledException or ObjectDisposedException))
        {
            health.Failed(secrets.Clean(failure.Message), isWrite);
            throw;
        }
    }
}
