namespace KafkaBackup.Durable.Stores;

/// <summary>Instances and their histories, to look at. Safe for use from several threads.</summary>
public interface IHistorySource : IAsyncDisposable
{
    /// <summary>The row of an instance, or <see langword="null"/>.</summary>
    Task<InstanceRecord?> FindAsync(string instanceId, CancellationToken cancellation);

    /// <summary>An instance with its history, both as of one moment, or <see langword="null"/>.</summary>
    Task<StoredInstance?> LoadAsync(string instanceId, CancellationToken cancellation);

    /// <summary>Lists rows, the newest first.</summary>
    /// <exception cref="ArgumentException">The continuation token is none of this store's.</exception>
    Task<Page<InstanceRecord>> ListAsync(InstanceFilter filter, CancellationToken cancellation);
}
