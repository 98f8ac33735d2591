using System.Runtime.CompilerServices;

namespace KafkaBackup.Repository.Storage.Metered;

/// <summary>Counts and times the calls to a store, see <see cref="StoreMeter"/>. Outcomes: created, there, done, none (no such object), conflict, transient, refused, cancelled, failed.</summary>
/// <param name="inner">The store.</param>
/// <param name="time">The clock.</param>
public sealed class MeteredObjectStore(IObjectStore inner, TimeProvider time) : IObjectStore
{
    private const string Done = "done";

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public async Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        var outcome = await CountAsync("create", () => inner.CreateAsync(name, content, cancellationToken), OutcomeOf);
        StoreMeter.CountBytes("create", content.Length);
        return outcome;
    }

    /// <inheritdoc/>
    public async Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) =>
        new Upload(this, await inner.BeginUploadAsync(name, cancellationToken));

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default) => new PassingStream(
        await CountAsync("open", () => inner.OpenReadAsync(name, offset, length, cancellationToken), _ => Done),
        async (read, _) =>
        {
            var count = await CountAsync("read", () => read().AsTask(), _ => Done);
            StoreMeter.CountBytes("read", count);
            return count;
        });

    /// <inheritdoc/>
    public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) =>
        CountAsync("length", () => inner.GetLengthAsync(name, cancellationToken), length => length is null ? "none" : Done);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var begun = time.GetTimestamp();
        var outcome = "cancelled";
        var objects = inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await MoveAsync())
                yield return objects.Current;
            outcome = Done;
        }
        finally
        {
            await objects.DisposeAsync();
            StoreMeter.Count("list", outcome, time.GetElapsedTime(begun));
        }

        async Task<bool> MoveAsync()
        {
            try
            {
                return await objects.MoveNextAsync();
            }
            catch (Exception e)
            {
                outcome = OutcomeOf(e);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) => CountAsync(
        "delete",
        async () =>
        {
            await inner.DeleteAsync(name, cancellationToken);
            return true;
        },
        _ => Done);

    private static string OutcomeOf(CreateOutcome outcome) => outcome == CreateOutcome.Created ? "created" : "there";

    private static string OutcomeOf(Exception error) => error switch
    {
        ObjectNotFoundException => "none",
        ObjectConflictException => "conflict",
        RepositoryUnavailableException { IsTransient: true } => "transient",
        RepositoryUnavailableException or RepositoryConnectionException => "refused",
        OperationCanceledException => "cancelled",
        _ => "failed",
    };

    private async Task<T> CountAsync<T>(string operation, Func<Task<T>> call, Func<T, string> outcome)
    {
        var begun = time.GetTimestamp();
        try
        {
            var result = await call();
            StoreMeter.Count(operation, outcome(result), time.GetElapsedTime(begun));
            return result;
        }
        catch (Exception e)
        {
            StoreMeter.Count(operation, OutcomeOf(e), time.GetElapsedTime(begun));
            throw;
        }
    }

    private sealed class Upload(MeteredObjectStore store, IObjectUpload inner) : IObjectUpload
    {
        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
        {
            await store.CountAsync(
                "write",
                async () =>
                {
                    await inner.WriteAsync(bytes, cancellationToken);
                    return true;
                },
                _ => Done);
            StoreMeter.CountBytes("write", bytes.Length);
        }

        public Task<CreateOutcome> CommitAsync(CancellationToken cancellationToken = default) =>
            store.CountAsync("commit", () => inner.CommitAsync(cancellationToken), OutcomeOf);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
