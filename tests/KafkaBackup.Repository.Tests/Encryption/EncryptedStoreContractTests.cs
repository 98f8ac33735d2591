using System.Runtime.CompilerServices;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;

namespace KafkaBackup.Repository.Tests.Encryption;

public sealed class EncryptedMemoryStoreTests : ObjectStoreContract
{
    private readonly MemoryObjectStore inner = new();

    protected override IObjectStore Store => OpenAgain();

    protected override IObjectStore OpenAgain() => new EncryptedObjectStore(inner, SomeKeys.Ring());
}

public sealed class EncryptedFileSystemStoreTests : ObjectStoreContract, IDisposable
{
    private readonly TemporaryFolder folder = new();

    protected override IObjectStore Store => OpenAgain();

    protected override IObjectStore OpenAgain() => new EncryptedObjectStore(new FileSystemObjectStore(folder.Path), SomeKeys.Ring());

    public void Dispose() => folder.Dispose();
}

public sealed class HiddenNamesMemoryStoreTests : ObjectStoreContract
{
    private readonly MemoryObjectStore inner = new();

    protected override IObjectStore Store => OpenAgain();

    protected override IObjectStore OpenAgain() => new BelowStore(new EncryptedObjectStore(inner, SomeKeys.Ring(NameVisibility.Hidden)), "topics/orders/");
}

public sealed class HiddenNamesFileSystemStoreTests : ObjectStoreContract, IDisposable
{
    private readonly TemporaryFolder folder = new();

    protected override IObjectStore Store => OpenAgain();

    protected override IObjectStore OpenAgain() =>
        new BelowStore(new EncryptedObjectStore(new FileSystemObjectStore(folder.Path), SomeKeys.Ring(NameVisibility.Hidden)), "restores/r/");

    public void Dispose() => folder.Dispose();
}

/// <summary>Part of a store: objects whose names have a common beginning, which is not seen.</summary>
internal sealed class BelowStore(IObjectStore store, string folder) : IObjectStore
{
    public string Location => store.Location;

    public Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        NamedAsync(name, () => store.CreateAsync(folder + name, content, cancellationToken));

    public async Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) =>
        new Upload(await store.BeginUploadAsync(folder + name, cancellationToken), name);

    public Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default) =>
        NamedAsync(name, () => store.OpenReadAsync(folder + name, offset, length, cancellationToken));

    public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) => store.GetLengthAsync(folder + name, cancellationToken);

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var found in store.ListAsync(folder + prefix, cancellationToken))
            yield return found with { Name = found.Name[folder.Length..] };
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) => store.DeleteAsync(folder + name, cancellationToken);

    private static async Task<T> NamedAsync<T>(string name, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (ObjectNotFoundException e)
        {
            throw new ObjectNotFoundException(name, e);
        }
        catch (ObjectConflictException)
        {
            throw new ObjectConflictException(name);
        }
    }

    private sealed class Upload(IObjectUpload upload, string name) : IObjectUpload
    {
        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default) => upload.WriteAsync(bytes, cancellationToken);

        public Task<CreateOutcome> CommitAsync(CancellationToken cancellationToken = default) => NamedAsync(name, () => upload.CommitAsync(cancellationToken));

        public ValueTask DisposeAsync() => upload.DisposeAsync();
    }
}
