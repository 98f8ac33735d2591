using System.Globalization;

namespace KafkaBackup.Durable.Stores.Memory;

/// <summary>Keeps everything in memory, for tests and for what need not outlive the process.</summary>
public sealed class MemoryHistoryStore : IHistoryStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, (InstanceRecord Row, List<HistoryEvent> History)> instances = new(StringComparer.Ordinal);
    private long lastVersion;

    public Task OpenAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task<InstanceRecord?> FindAsync(string instanceId, CancellationToken cancellation)
    {
        lock (gate)
            return Task.FromResult(instances.TryGetValue(instanceId, out var found) ? found.Row : null);
    }

    public Task<StoredInstance?> LoadAsync(string instanceId, CancellationToken cancellation)
    {
        lock (gate)
            return Task.FromResult(instances.TryGetValue(instanceId, out var found) ? new StoredInstance(found.Row, [.. found.History]) : null);
    }

    public Task<InstanceRecord> CommitAsync(HistoryCommit commit)
    {
        lock (gate)
        {
            var id = commit.Next.Id;
            var exists = instances.TryGetValue(id, out var found);
            if (exists ? found.Row.Version != commit.Previous?.Version : commit.Previous is not null)
                return Task.FromException<InstanceRecord>(new FencedException(id));
            var history = exists && found.Row.Generation == commit.Next.Generation ? found.History : [];
            history.AddRange(commit.Events);
            var row = commit.Next with { Version = (++lastVersion).ToString(CultureInfo.InvariantCulture) };
            instances[id] = (row, history);
            return Task.FromResult(row);
        }
    }

    public Task<IReadOnlyList<string>> ListLiveAsync(CancellationToken cancellation)
    {
        lock (gate)
            return Task.FromResult<IReadOnlyList<string>>([.. instances.Values.Where(each => each.Row.IsLive).Select(each => each.Row.Id)]);
    }

    public Task<Page<InstanceRecord>> ListAsync(InstanceFilter filter, CancellationToken cancellation)
    {
        var after = ListPosition.Parse(filter.ContinuationToken);
        List<InstanceRecord> rows;
        lock (gate)
        {
            rows = [.. instances.Values.Select(each => each.Row).Where(row => Matches(row, filter) && (after is not { } position || IsAfter(row, position)))
                .OrderByDescending(row => row.CreatedAt).ThenBy(row => row.Id, StringComparer.Ordinal).Take(filter.PageSize + 1)];
        }
        var page = rows.Take(filter.PageSize).ToList();
        return Task.FromResult(new Page<InstanceRecord>(page, rows.Count > page.Count ? ListPosition.Of(page[^1]).ToString() : null));
    }

    public Task PurgeAsync(InstanceRecord instance)
    {
        lock (gate)
        {
            if (!instances.TryGetValue(instance.Id, out var found) || found.Row.Version != instance.Version)
                return Task.FromException(new FencedException(instance.Id));
            instances.Remove(instance.Id);
            return Task.CompletedTask;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool Matches(InstanceRecord row, InstanceFilter filter) =>
        (filter.CreatedFrom is not { } from || row.CreatedAt >= from)
        && (filter.CreatedTo is not { } to || row.CreatedAt < to)
        && (filter.Statuses is null || filter.Statuses.Contains(row.Status))
        && (filter.IdPrefix is null || row.Id.StartsWith(filter.IdPrefix, StringComparison.Ordinal));

    private static bool IsAfter(InstanceRecord row, ListPosition position) =>
        row.CreatedAt.UtcTicks < position.CreatedTicks
        || (row.CreatedAt.UtcTicks == position.CreatedTicks && string.CompareOrdinal(row.Id, position.Id) > 0);
}
