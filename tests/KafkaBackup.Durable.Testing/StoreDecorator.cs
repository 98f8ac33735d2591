using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Testing;

/// <summary>Passes everything on; tests override what they want to go wrong.</summary>
public abstract class StoreDecorator(IHistoryStore inner) : IHistoryStore
{
    public virtual Task OpenAsync(CancellationToken cancellation) => inner.OpenAsync(cancellation);

    public virtual Task<InstanceRecord?> FindAsync(string instanceId, CancellationToken cancellation) => inner.FindAsync(instanceId, cancellation);

    public virtual Task<StoredInstance?> LoadAsync(string instanceId, CancellationToken cancellation) => inner.LoadAsync(instanceId, cancellation);

    public virtual Task<InstanceRecord> CommitAsync(HistoryCommit commit) => inner.CommitAsync(commit);

    public virtual Task<IReadOnlyList<string>> ListLiveAsync(CancellationToken cancellation) => inner.ListLiveAsync(cancellation);

    public virtual Task<Page<InstanceRecord>> ListAsync(InstanceFilter filter, CancellationToken cancellation) => inner.ListAsync(filter, cancellation);

    public virtual Task PurgeAsync(InstanceRecord instance) => inner.PurgeAsync(instance);

    public virtual ValueTask DisposeAsync() => inner.DisposeAsync();
}
