using Azure;
using Azure.Data.Tables;
using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.AzureStorage.Histories;

/// <summary>
/// Keeps histories in Azure Tables, for any number of hosts: whoever commits on an old version of a row is fenced by its ETag. Texts of more than
/// <see cref="Payloads.LongestInTable"/> characters are blobs.
/// </summary>
internal sealed class AzureHistoryStore : IHistoryStore
{
    private const int AtOnce = 32;
    private readonly AzureState state;
    private readonly TableClient table;
    private readonly Payloads payloads;
    private readonly InstanceRows rows;
    private readonly EventRows events;
    private readonly Commits commits;
    private readonly InstanceIndex index;
    private readonly Func<Task> opened;
    private volatile IReadOnlySet<string> listedAsLive = new HashSet<string>();

    /// <param name="state">Where it keeps them.</param>
    /// <param name="opened">What else has to be done before a host starts on it.</param>
    public AzureHistoryStore(AzureState state, Func<Task>? opened = null)
    {
        this.opened = opened ?? (() => Task.CompletedTask);
        this.state = state;
        table = state.Histories;
        payloads = new(state.Payloads);
        rows = new(payloads);
        events = new(table, payloads);
        commits = new(table, rows, events);
        index = new(state.Index);
    }

    /// <exception cref="AzureStateException">The account can't be reached, or refuses.</exception>
    /// <exception cref="HostAddressException">Hosts of several machines can't reach each other.</exception>
    public Task OpenAsync(CancellationToken cancellation) => DoAsync(async () =>
    {
        await state.CreateAsync(cancellation).ConfigureAwait(false);
        await opened().ConfigureAwait(false);
    });

    public Task<InstanceRecord?> FindAsync(string instanceId, CancellationToken cancellation) => state.CallAsync(() => FindRowAsync(instanceId, cancellation));

    public Task<StoredInstance?> LoadAsync(string instanceId, CancellationToken cancellation) => state.CallAsync(() => ReadAsync(
        instanceId,
        async row =>
        {
            if (!row.IsLive && listedAsLive.Contains(instanceId))
                await TidyIndexAsync(row).ConfigureAwait(false);
            var history = await events.ReadAsync(InstanceKey.Of(instanceId), row.Generation, row.Length, cancellation).ConfigureAwait(false);
            return Array.IndexOf(history, null) is >= 0 and var gap
                ? throw new PayloadMissingException($"The history of instance '{instanceId}' has no event {gap} of {row.Length}.")
                : new StoredInstance(row, history!);
        },
        cancellation));

    public Task<InstanceRecord> CommitAsync(HistoryCommit commit) => state.CallAsync(async () =>
    {
        var row = commit.Next;
        if (commit.Previous is null)
            await index.AddAsync(row).ConfigureAwait(false);
        var version = await commits.WriteAsync(commit).ConfigureAwait(false);
        if (commit.Previous is { } previous)
            await TidyAsync(previous, row).ConfigureAwait(false);
        return row with { Version = version };
    });

    public Task<IReadOnlyList<string>> ListLiveAsync(CancellationToken cancellation) => state.CallAsync(async () =>
    {
        IReadOnlyList<string> ids = [.. (await index.ListLiveAsync(cancellation).ConfigureAwait(false)).Select(entry => entry.Id)];
        listedAsLive = ids.ToHashSet(StringComparer.Ordinal);
        return ids;
    });

    public Task<Page<InstanceRecord>> ListAsync(InstanceFilter filter, CancellationToken cancellation) => state.CallAsync(async () =>
    {
        var page = new List<InstanceRecord>();
        // One more than the page holds tells whether there is a next one; where many may not match, more are looked at together.
        var together = filter.Statuses is null ? Math.Min(AtOnce, filter.PageSize + 1) : AtOnce;
        await foreach (var entries in index.ListAsync(filter, cancellation).Chunk(together).WithCancellation(cancellation).ConfigureAwait(false))
        {
            foreach (var row in await Task.WhenAll(entries.Select(entry => FindListedAsync(entry, cancellation))).ConfigureAwait(false))
            {
                if (row is null || filter.Statuses?.Contains(row.Status) == false)
                    continue;
                if (page.Count == filter.PageSize)
                    return new Page<InstanceRecord>(page, ListPosition.Of(page[^1]).ToString());
                page.Add(row);
            }
        }

        return new Page<InstanceRecord>(page, null);
    });

    public Task PurgeAsync(InstanceRecord instance) => DoAsync(async () =>
    {
        var key = InstanceKey.Of(instance.Id);
        var deleted = await Fenced(instance.Id, () => table.DeleteEntityAsync(key, InstanceRows.RowKey, new ETag(instance.Version!))).ConfigureAwait(false);
        if (deleted.Status == 404)
            throw new FencedException(instance.Id);
        await events.DeleteAsync(key, int.MaxValue).ConfigureAwait(false);
        await payloads.DeleteAsync(key, int.MaxValue).ConfigureAwait(false);
        await index.RemoveAsync(instance).ConfigureAwait(false);
    });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<InstanceRecord?> FindRowAsync(string id, CancellationToken cancellation) => ReadAsync(id, Task.FromResult, cancellation);

    /// <summary>The instance of an entry of the index; null if it is gone, or has become another.</summary>
    private async Task<InstanceRecord?> FindListedAsync(ListPosition entry, CancellationToken cancellation) =>
        await FindRowAsync(entry.Id, cancellation).ConfigureAwait(false) is { } row && row.CreatedAt.UtcTicks == entry.CreatedTicks ? row : null;

    /// <summary>Reads a row and what belongs to it; again if the instance has begun another run in the meantime, which drops what belongs to the last.</summary>
    private async Task<T?> ReadAsync<T>(string id, Func<InstanceRecord, Task<T>> read, CancellationToken cancellation)
        where T : class
    {
        for (ETag? last = null; ;)
        {
            var found = await table.GetEntityIfExistsAsync<TableEntity>(InstanceKey.Of(id), InstanceRows.RowKey, cancellationToken: cancellation).ConfigureAwait(false);
            if (found is not { HasValue: true, Value: { } entity } || entity.ContainsKey(InstanceRows.HalfWritten))
                return null;
            try
            {
                return await read(await rows.ReadAsync(entity, cancellation).ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch (PayloadMissingException missing) when (entity.ETag == last)
            {
                throw new InvalidDataException(missing.Message, missing);
            }
            catch (PayloadMissingException)
            {
                last = entity.ETag;
            }
        }
    }

    private async Task TidyAsync(InstanceRecord previous, InstanceRecord row)
    {
        if (previous.IsLive && !row.IsLive)
            await TidyIndexAsync(row).ConfigureAwait(false);
        if (previous.Generation != row.Generation)
        {
            var key = InstanceKey.Of(row.Id);
            await TidyAsync(async () =>
            {
                await events.DeleteAsync(key, row.Generation).ConfigureAwait(false);
                await payloads.DeleteAsync(key, row.Generation).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
    }

    private Task TidyIndexAsync(InstanceRecord row) => TidyAsync(() => index.RemoveLiveAsync(row));

    /// <summary>
    /// Deletes what a commit has made needless. The commit is done; nothing depends on this, and its failure must not make the commit one. An entry of the index that is
    /// left goes when the instance is found to have ended, everything else when it is purged.
    /// </summary>
    private static async Task TidyAsync(Func<Task> delete)
    {
        try
        {
            await delete().ConfigureAwait(false);
        }
        catch (Exception failure) when (AzureStateException.IsOne(failure))
        {
            // See above.
        }
    }

    private static async Task<T> Fenced<T>(string id, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            throw new FencedException(id);
        }
    }

    private Task DoAsync(Func<Task> call) => state.CallAsync(async () =>
    {
        await call().ConfigureAwait(false);
        return true;
    });
}
