using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Testing.Storage;

/// <summary>A store that is another one but for what a test changes or counts.</summary>
public abstract class DelegatingStore(IObjectStore inner) : IObjectStore
{
    public string Location => inner.Location;

    public virtual Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        inner.CreateAsync(name, content, cancellationToken);

    public virtual Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) => inner.BeginUploadAsync(name, cancellationToken);

    public virtual Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default) =>
        inner.OpenReadAsync(name, offset, length, cancellationToken);

    public virtual Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) => inner.GetLengthAsync(name, cancellationToken);

    public virtual IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken = default) => inner.ListAsync(prefix, cancellationToken);

    public virtual Task DeleteAsync(string name, CancellationToken cancellationToken = default) => inner.DeleteAsync(name, cancellationToken);
}
