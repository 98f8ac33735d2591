using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Tests.Reading;

/// <summary>Counts the bytes that are really taken out of a store.</summary>
internal sealed class ReadCounter(IObjectStore store) : IObjectStore
{
    public long Bytes { get; private set; }

    public long SegmentBytes { get; private set; }

    public Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) => store.CreateAsync(name, content, cancellationToken);

    public Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) => store.BeginUploadAsync(name, cancellationToken);

    public async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        // What was asked for counts, whether or not it is taken: a store over a network has sent it.
        var stream = await store.OpenReadAsync(name, offset, length, cancellationToken);
        Bytes += stream.Length;
        SegmentBytes += name.EndsWith(".log", StringComparison.Ordinal) ? stream.Length : 0;
        return stream;
    }

    public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) => store.GetLengthAsync(name, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken = default) => store.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) => store.DeleteAsync(name, cancellationToken);
}
