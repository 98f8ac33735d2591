namespace KafkaBackup.Repository.Storage;

/// <summary>
/// A place that keeps named objects, each written once. Names are parts of <c>A-Z a-z 0-9 . _ -</c> separated by <c>/</c>, see <see cref="ObjectName"/>.
/// An object appears whole or not at all, and is durable when the call that made it returns. Every member may throw
/// <see cref="RepositoryUnavailableException"/>; calls for different objects may run at the same time.
/// </summary>
public interface IObjectStore
{
    /// <summary>Where it is, in words for people: a folder, a container, a bucket. It holds no secret.</summary>
    string Location => "this store";

    /// <summary>Creates a small object in one call.</summary>
    /// <exception cref="ObjectConflictException">The name is taken by an object of other content.</exception>
    Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default);

    /// <summary>Begins an object that is written piece by piece; nothing is under the name before the upload is committed.</summary>
    Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Opens an object, or a range of it, for reading from start to end.</summary>
    /// <param name="name">The object.</param>
    /// <param name="offset">Bytes to leave out at the start; at or beyond the object's end nothing is read.</param>
    /// <param name="length">Bytes to read at most; null for all.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default);

    /// <summary>The object's bytes; null if there is no such object.</summary>
    Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Every object whose name begins with <paramref name="prefix"/>, which may end inside a part, in ordinal order of the names.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken = default);

    /// <summary>Removes an object; nothing happens if there is none.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken = default);
}

/// <summary>An object in the making. Disposing of it without a commit abandons it.</summary>
public interface IObjectUpload : IAsyncDisposable
{
    /// <summary>Appends bytes; they may be changed again once the call is over. A call that failed transiently may be made again with the same bytes, as may the commit.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default);

    /// <summary>Makes what was written the object.</summary>
    /// <exception cref="ObjectConflictException">The name is taken by an object of other content.</exception>
    Task<CreateOutcome> CommitAsync(CancellationToken cancellationToken = default);
}

/// <summary>How an object came to be there. Both are success.</summary>
public enum CreateOutcome
{
    /// <summary>This call made it.</summary>
    Created,

    /// <summary>It was there before, with the same length and content.</summary>
    AlreadyThere,
}

/// <summary>An object in a listing.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Length">Its bytes.</param>
public readonly record struct StoredObject(string Name, long Length);
