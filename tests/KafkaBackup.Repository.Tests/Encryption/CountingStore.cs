using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Tests.Encryption;

/// <summary>Counts what is read.</summary>
internal sealed class CountingStore(IObjectStore store) : IObjectStore
{
    public int Reads { get; private set; }

    public long Bytes { get; private set; }

    public Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) => store.CreateAsync(name, content, cancellationToken);

    public Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) => store.BeginUploadAsync(name, cancellationToken);

    public async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        var stream = await store.OpenReadAsync(name, offset, length, cancellationToken);
        Reads++;
        Bytes += stream.Length;
        return stream;
    }

    public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) => store.GetLengthAsync(name, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken = default) => store.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) => store.DeleteAsync(name, cancellationToken);
}
