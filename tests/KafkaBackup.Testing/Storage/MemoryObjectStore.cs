using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Testing.Storage;

/// <summary>Objects in memory, for tests; it holds to the contract of every store, and can be made to fail.</summary>
public sealed class MemoryObjectStore : IObjectStore
{
    private readonly ConcurrentDictionary<string, byte[]> objects = new(StringComparer.Ordinal);

    public string Location => "memory:objects";

    /// <summary>Called with the name before every change (an object's creation, a piece of an upload, a deletion); what it throws is a fault at that point.</summary>
    public Action<string>? BeforeChange { get; set; }

    /// <summary>The objects, to look into or to damage.</summary>
    public IDictionary<string, byte[]> Objects => objects;

    public Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        BeforeChange?.Invoke(name);
        var bytes = content.ToArray();
        var there = objects.GetOrAdd(ObjectName.Check(name), bytes);
        return ReferenceEquals(there, bytes) ? Task.FromResult(CreateOutcome.Created)
            : there.AsSpan().SequenceEqual(bytes) ? Task.FromResult(CreateOutcome.AlreadyThere)
            : throw new ObjectConflictException(name);
    }

    public Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) =>
        Task.FromResult<IObjectUpload>(new Upload(this, ObjectName.Check(name)));

    public Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        if (!objects.TryGetValue(ObjectName.Check(name), out var bytes))
            throw new ObjectNotFoundException(name);
        var start = (int)Math.Min(offset, bytes.Length);
        return Task.FromResult<Stream>(new MemoryStream(bytes, start, (int)Math.Min(length ?? long.MaxValue, bytes.Length - start), writable: false));
    }

    public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) =>
        Task.FromResult<long?>(objects.TryGetValue(ObjectName.Check(name), out var bytes) ? bytes.Length : null);

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectName.CheckPrefix(prefix);
        await Task.CompletedTask;
        foreach (var (name, bytes) in objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new StoredObject(name, bytes.Length);
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        BeforeChange?.Invoke(name);
        objects.TryRemove(ObjectName.Check(name), out _);
        return Task.CompletedTask;
    }

    private sealed class Upload(MemoryObjectStore store, string name) : IObjectUpload
    {
        private readonly MemoryStream content = new();

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
        {
            store.BeforeChange?.Invoke(name);
            content.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }

        public Task<CreateOutcome> CommitAsync(CancellationToken cancellationToken = default) => store.CreateAsync(name, content.ToArray(), cancellationToken);

        public ValueTask DisposeAsync() => content.DisposeAsync();
    }
}
